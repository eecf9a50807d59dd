/* A Llama-type model over the next tokens of one text or several, its head, and steps of latent dynamics: each in one
   call.

   Layouts: x [rows, width], the rows of a text one after another and texts in the order of their caches; keys and
   values of a layer [kv_heads, capacity, head_dim]; cosines and sines [capacity, head_dim / 2]. Rotary embeddings
   rotate the two halves of a head, as in transformers. */

#include "pool.h"
#include "rows.h"

#define KEYS 64 /* keys weighed together in attention */
#define MAX_HEAD_DIM 256

typedef struct {
    Linear query, key, value, output, gate, up, down;
    const float *attention_norm, *mlp_norm;
    const float *query_norm, *key_norm; /* [head_dim], or NULL */
} Layer;

typedef struct {
    const Layer *layers;
    const float *final_norm;
    int32_t num_layers, width, heads, kv_heads, head_dim, mlp_width;
    float epsilon, attention_scale;
} Model;

typedef struct {
    float *const *keys, *const *values; /* one a layer */
    const float *cosines, *sines;
    int32_t capacity, past; /* places, and how many are filled */
    int32_t first, rows;    /* which rows of x follow in this text */
} Cache;

typedef struct {
    const Model *model;
    const Cache *caches; /* of the texts, in the order of their rows */
    const Layer *layer;
    int number; /* of the layer */
    float *x, *normed, *query, *key, *value, *mixed, *inner;
    int rows;
} Pass;

typedef struct {
    const Linear *linear;
    const float *x;
    float *y;
    int rows, add;
} Apply;

typedef struct {
    Linear first, second, third;
    const float *norm; /* [2 * width] */
    float epsilon;
    int norms; /* 1 over state and embedding together, 2 over each by itself */
} Dynamics;

static int smaller(int a, int b) { return a < b ? a : b; }
static int chunks(int size, int chunk) { return (size + chunk - 1) / chunk; }

static void rms_norm(const float *x, const float *weight, float *y, int size, float epsilon) {
    float scale = 1.0f / sqrtf(dot(x, x, size) / (float)size + epsilon);
    for (int i = 0; i < size; i++) y[i] = weight[i] * (x[i] * scale);
}

/* LayerNorm without offset, in place. */
static void layer_norm(float *x, const float *weight, int size, float epsilon) {
    float mean = 0, variance = 0;
    for (int i = 0; i < size; i++) mean += x[i];
    mean /= (float)size;
    for (int i = 0; i < size; i++) variance = multiply_add_scalar(x[i] - mean, x[i] - mean, variance);
    float scale = 1.0f / sqrtf(variance / (float)size + epsilon);
    for (int i = 0; i < size; i++) x[i] = weight[i] * ((x[i] - mean) * scale);
}

static void gelu(float *x, int size) {
    for (int i = 0; i < size; i++) x[i] *= 0.5f * (1.0f + erff(x[i] * 0.70710678f));
}

static void apply_chunk(const void *job, int index) {
    const Apply *a = job;
    const Linear *l = a->linear;
    int begin = index * CHUNK, end = smaller(begin + CHUNK, l->out);
    for (int row = 0; row < a->rows; row += ROWS) {
        int rows = smaller(ROWS, a->rows - row);
        float *y = a->y + (size_t)row * l->out + begin;
        const float *x = a->x + (size_t)row * l->in;
        if (!a->add) {
            outputs(l, begin, end, x, rows, y, l->out);
            continue;
        }
        float part[ROWS * CHUNK];
        outputs(l, begin, end, x, rows, part, CHUNK);
        for (int r = 0; r < rows; r++)
            for (int o = 0; o < end - begin; o++) y[(size_t)r * l->out + o] += part[r * CHUNK + o];
    }
}

/* y = l(x), or y += l(x) */
static void apply(const Linear *linear, const float *x, float *y, int rows, int add) {
    Apply job = {linear, x, y, rows, add};
    run(apply_chunk, &job, chunks(linear->out, CHUNK));
}

static void project_chunk(const void *job, int index) {
    const Pass *p = job;
    const Layer *layer = p->layer;
    int of_query = chunks(layer->query.out, CHUNK), of_key = chunks(layer->key.out, CHUNK);
    Apply part = {&layer->query, p->normed, p->query, p->rows, 0};
    if (index >= of_query + of_key) {
        part.linear = &layer->value, part.y = p->value;
        index -= of_query + of_key;
    } else if (index >= of_query) {
        part.linear = &layer->key, part.y = p->key;
        index -= of_query;
    }
    apply_chunk(&part, index);
}

/* The cache of the text a row is of. */
static const Cache *cache_of(const Pass *p, int row) {
    const Cache *cache = p->caches;
    while (row >= cache->first + cache->rows) cache++;
    return cache;
}

/* Normalise (where the model does) and rotate one head at its position. */
static void rotate(const Pass *p, const Cache *cache, float *head, const float *norm, int position) {
    int half = p->model->head_dim / 2;
    const float *cosines = cache->cosines + (size_t)position * half;
    const float *sines = cache->sines + (size_t)position * half;
    if (norm) rms_norm(head, norm, head, 2 * half, p->model->epsilon);
    for (int i = 0; i < half; i++) {
        float a = head[i], b = head[i + half];
        head[i] = multiply_add_scalar(a, cosines[i], -(b * sines[i]));
        head[i + half] = multiply_add_scalar(b, cosines[i], a * sines[i]);
    }
}

/* Put keys and values of ROWS rows into their caches. */
static void cache_rows(const void *job, int index) {
    const Pass *p = job;
    int dim = p->model->head_dim, kv_heads = p->model->kv_heads;
    for (int row = index * ROWS; row < smaller(p->rows, (index + 1) * ROWS); row++) {
        const Cache *cache = cache_of(p, row);
        int position = cache->past + row - cache->first;
        for (int head = 0; head < kv_heads; head++) {
            size_t from = ((size_t)row * kv_heads + head) * dim;
            size_t to = ((size_t)head * cache->capacity + position) * dim;
            rotate(p, cache, p->key + from, p->layer->key_norm, position);
            memcpy(cache->keys[p->number] + to, p->key + from, dim * sizeof(float));
            memcpy(cache->values[p->number] + to, p->value + from, dim * sizeof(float));
        }
    }
}

/* One head of one row: a softmax over KEYS keys at a time that goes on from what it has seen (Milakov and Gimelshein,
   arXiv 1805.02867). */
static void attend(const void *job, int index) {
    const Pass *p = job;
    const Model *m = p->model;
    int row = index / m->heads, head = index % m->heads, dim = m->head_dim;
    const Cache *cache = cache_of(p, row);
    int count = cache->past + row - cache->first + 1;
    float *query = p->query + (size_t)index * dim;
    size_t start = (size_t)(head / (m->heads / m->kv_heads)) * cache->capacity * dim;
    const float *keys = cache->keys[p->number] + start, *values = cache->values[p->number] + start;
    float mixed[MAX_HEAD_DIM] = {0}, highest = -INFINITY, weight_sum = 0;
    rotate(p, cache, query, p->layer->query_norm, count - 1);
    for (int first = 0; first < count; first += KEYS) {
        float weights[KEYS], previous = highest;
        int num_keys = smaller(KEYS, count - first);
        for (int k = 0; k < num_keys; k++) {
            weights[k] = dot(query, keys + (size_t)(first + k) * dim, dim) * m->attention_scale;
            highest = weights[k] > highest ? weights[k] : highest;
        }
        for (int k = num_keys; k < KEYS; k++) weights[k] = highest;
        if (first && highest > previous) {
            float shrink = expf(previous - highest);
            weight_sum *= shrink;
            for (int i = 0; i < dim; i++) mixed[i] *= shrink;
        }
        for (int k = 0; k < KEYS; k += LANES) store(weights + k, vec_exp(load(weights + k) - highest));
        for (int k = 0; k < num_keys; k++) {
            weight_sum += weights[k];
            add_scaled(mixed, weights[k], values + (size_t)(first + k) * dim, dim);
        }
    }
    float *y = p->mixed + (size_t)index * dim;
    for (int i = 0; i < dim; i++) y[i] = mixed[i] / weight_sum;
}

static void gate_chunk(const void *job, int index) {
    const Pass *p = job;
    const Linear *gate = &p->layer->gate, *up = &p->layer->up;
    int begin = index * CHUNK, end = smaller(begin + CHUNK, gate->out);
    float gates[ROWS * CHUNK] = {0}, ups[ROWS * CHUNK] = {0};
    for (int row = 0; row < p->rows; row += ROWS) {
        int rows = smaller(ROWS, p->rows - row);
        const float *x = p->normed + (size_t)row * gate->in;
        outputs(gate, begin, end, x, rows, gates, CHUNK);
        outputs(up, begin, end, x, rows, ups, CHUNK);
        for (int i = 0; i < rows * CHUNK; i += LANES) {
            vec g = load(gates + i);
            store(gates + i, g / (1.0f + vec_exp(-g)) * load(ups + i));
        }
        for (int r = 0; r < rows; r++)
            memcpy(p->inner + (size_t)(row + r) * gate->out + begin, gates + r * CHUNK, (end - begin) * sizeof(float));
    }
}

static void rms_norm_rows(const Pass *p, const float *weight, float *y) {
    size_t width = p->model->width;
    for (int row = 0; row < p->rows; row++)
        rms_norm(p->x + row * width, weight, y + row * width, (int)width, p->model->epsilon);
}

static void run_layer(Pass *p) {
    const Layer *l = p->layer;
    rms_norm_rows(p, l->attention_norm, p->normed);
    run(project_chunk, p, chunks(l->query.out, CHUNK) + chunks(l->key.out, CHUNK) + chunks(l->value.out, CHUNK));
    run(cache_rows, p, chunks(p->rows, ROWS));
    run(attend, p, p->rows * p->model->heads);
    apply(&l->output, p->mixed, p->x, p->rows, 1);
    rms_norm_rows(p, l->mlp_norm, p->normed);
    run(gate_chunk, p, chunks(l->gate.out, CHUNK));
    apply(&l->down, p->inner, p->x, p->rows, 1);
}

/* Turn embeddings x [rows, width] into hidden states in place, and fill the caches' next places; every row is of one of
   the caches. `scratch` holds rows * (width + 2 * heads * head_dim + 2 * kv_heads * head_dim + mlp_width) floats. */
void nextlat_forward(const Model *m, const Cache *caches, float *x, int rows, float *scratch, int threads) {
    size_t of_heads = (size_t)rows * m->heads * m->head_dim, of_kv = (size_t)rows * m->kv_heads * m->head_dim;
    Pass p = {.model = m, .caches = caches, .x = x, .rows = rows};
    p.normed = scratch;
    p.query = p.normed + (size_t)rows * m->width;
    p.mixed = p.query + of_heads;
    p.key = p.mixed + of_heads;
    p.value = p.key + of_kv;
    p.inner = p.value + of_kv;
    begin_pass(threads);
    for (int i = 0; i < m->num_layers; i++) {
        p.layer = m->layers + i;
        p.number = i;
        run_layer(&p);
    }
    rms_norm_rows(&p, m->final_norm, x);
    end_pass();
}

/* A step of the latent dynamics (dynamics.py): x = norm([h ; e]), out = h + third(gelu(second(gelu(first(x))))), and
   the head's logits of it where there is a head. `scratch` holds 2 * width + 2 * hidden floats. */
void nextlat_step(const Dynamics *d, const Linear *head, const float *h, const float *e, float *out, float *logits,
                  float *scratch, int threads) {
    int width = d->third.out, hidden = d->first.out;
    float *x = scratch, *hidden_1 = x + 2 * width, *hidden_2 = hidden_1 + hidden;
    memcpy(x, h, width * sizeof(float));
    memcpy(x + width, e, width * sizeof(float));
    memcpy(out, h, width * sizeof(float));
    for (int part = 0, size = 2 * width / d->norms; part < d->norms; part++)
        layer_norm(x + part * size, d->norm + part * size, size, d->epsilon);
    begin_pass(threads);
    apply(&d->first, x, hidden_1, 1, 0);
    gelu(hidden_1, hidden);
    apply(&d->second, hidden_1, hidden_2, 1, 0);
    gelu(hidden_2, hidden);
    apply(&d->third, hidden_2, out, 1, 1);
    if (head) apply(head, out, logits, 1, 0);
    end_pass();
}

/* y [rows, out] = linear(x [rows, in]) */
void nextlat_linear(const Linear *linear, const float *x, float *y, int rows, int threads) {
    begin_pass(threads);
    apply(linear, x, y, rows, 0);
    end_pass();
}
