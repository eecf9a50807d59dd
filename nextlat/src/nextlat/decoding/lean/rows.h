/* Linear layers over few rows.

   Every output is summed by one thread, in an order that depends on the layer's width alone: neither the number of rows
   computed together nor the number of threads changes a bit of it. */

#include "vectors.h"

/* ROWS: rows computed together; TALL and WIDE: outputs computed together for few and for many rows. As many sums as
   registers hold. */
#define TALL 4
#if defined(__AVX512F__)
#define ROWS 8
#define WIDE 3
#else
#define ROWS 4
#define WIDE 2
#endif
#define GROUP 32 /* weights that share a scale and an offset */
#define CHUNK 48 /* outputs of one task */

/* A layer y = W x + b. Without scales the weights are floats; with them a weight is code * scale + offset, one pair of
   scale and offset for GROUP weights in a row. */
typedef struct {
    const void *weight;  /* [out, in] float or uint8_t */
    const float *scales; /* [out, in / GROUP, 2], or NULL */
    const float *bias;   /* [out], or NULL */
    int32_t out, in;
} Linear;

/* Outputs o..o+O-1 of R rows; O, R and Q (whether there are scales) are constants wherever this is inlined. */
INLINE void tile(const int O, const int R, const int Q, const Linear *l, int o, const float *x, float *y, int ld) {
    const int in = l->in;
    vec sum[TALL][ROWS];
    float rest[TALL][ROWS];
#pragma GCC unroll 16
    for (int a = 0; a < O; a++)
#pragma GCC unroll 16
        for (int r = 0; r < R; r++) sum[a][r] = (vec){0}, rest[a][r] = 0;
    if (Q) {
        const uint8_t *codes = (const uint8_t *)l->weight + (size_t)o * in;
        const float *scales = l->scales + (size_t)o * (in / GROUP) * 2;
        for (int g = 0; g < in / GROUP; g++) {
#pragma GCC unroll 16
            for (int a = 0; a < O; a++) { /* what the next tile reads; a line holds two groups' codes */
                if (g % 2) __builtin_prefetch(codes + (size_t)(a + O) * in + g * GROUP);
                else __builtin_prefetch(scales + ((size_t)(a + O) * (in / GROUP) + g) * 2);
            }
#pragma GCC unroll 16
            for (int i = g * GROUP; i < (g + 1) * GROUP; i += LANES) {
                vec w[TALL];
#pragma GCC unroll 16
                for (int a = 0; a < O; a++) {
                    const float *pair = scales + ((size_t)a * (in / GROUP) + g) * 2;
                    w[a] = multiply_add(load_codes(codes + (size_t)a * in + i), broadcast(pair[0]), broadcast(pair[1]));
                }
#pragma GCC unroll 16
                for (int r = 0; r < R; r++) {
                    vec v = load(x + (size_t)r * in + i);
#pragma GCC unroll 16
                    for (int a = 0; a < O; a++) sum[a][r] = multiply_add(w[a], v, sum[a][r]);
                }
            }
        }
    } else {
        const float *weight = (const float *)l->weight + (size_t)o * in;
        int i = 0;
        for (; i + LANES <= in; i += LANES) {
            vec w[TALL];
#pragma GCC unroll 16
            for (int a = 0; a < O; a++) {
                w[a] = load(weight + (size_t)a * in + i);
                __builtin_prefetch(weight + (size_t)(a + O) * in + i);
            }
#pragma GCC unroll 16
            for (int r = 0; r < R; r++) {
                vec v = load(x + (size_t)r * in + i);
#pragma GCC unroll 16
                for (int a = 0; a < O; a++) sum[a][r] = multiply_add(w[a], v, sum[a][r]);
            }
        }
        for (; i < in; i++)
            for (int a = 0; a < O; a++)
                for (int r = 0; r < R; r++)
                    rest[a][r] = multiply_add_scalar(weight[(size_t)a * in + i], x[(size_t)r * in + i], rest[a][r]);
    }
#pragma GCC unroll 16
    for (int a = 0; a < O; a++)
#pragma GCC unroll 16
        for (int r = 0; r < R; r++)
            y[(size_t)r * ld + a] = sum_of_lanes(sum[a][r]) + rest[a][r] + (l->bias ? l->bias[o + a] : 0.0f);
}

#define TILES(O, R)                                                                                 \
    for (; o + O <= end; o += O)                                                                    \
        if (l->scales) tile(O, R, 1, l, o, x, y + (o - begin), ld);                                 \
        else tile(O, R, 0, l, o, x, y + (o - begin), ld);

#define BLOCK(R, O)                                                                                 \
    __attribute__((noinline)) static void block##R(const Linear *l, int begin, int end, const float *x, float *y, int ld) { \
        int o = begin;                                                                              \
        TILES(O, R)                                                                                 \
        TILES(1, R)                                                                                 \
    }

#if ROWS == 8
#define FEW TALL
#else
#define FEW WIDE
#endif
BLOCK(1, TALL)
BLOCK(2, TALL)
BLOCK(3, FEW)
BLOCK(4, FEW)
#if ROWS == 8
BLOCK(5, WIDE)
BLOCK(6, WIDE)
BLOCK(7, WIDE)
BLOCK(8, WIDE)
#endif

typedef void (*Block)(const Linear *, int, int, const float *, float *, int);
static const Block blocks[ROWS + 1] = {NULL, block1, block2, block3, block4,
#if ROWS == 8
                                       block5, block6, block7, block8
#endif
};

/* Outputs begin..end-1 of `rows` <= ROWS rows x [rows, in] into y, whose rows lie `ld` apart and start at `begin`. */
static void outputs(const Linear *l, int begin, int end, const float *x, int rows, float *y, int ld) {
    blocks[rows](l, begin, end, x, y, ld);
}
