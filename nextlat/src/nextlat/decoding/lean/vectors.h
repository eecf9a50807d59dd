/* Vectors of floats: their width, multiply-add, sums and the exponential.

   A number must not depend on the loop that computes it. A fused multiply-add rounds once where a product and a sum
   round twice, so their last bits differ; and a compiler that may choose between the two chooses by the loop around
   them (gcc tuned for AMD's Zen avoids chains of fused operations in some tiles and not in others). So each one is
   written out as `multiply_add` or `multiply_add_scalar`, and the compiler may fuse nothing else
   (-ffp-contract=off). */

#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_FMA) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t ivec __attribute__((vector_size(LANES * 4)));
typedef uint8_t bvec __attribute__((vector_size(LANES)));

INLINE vec load(const float *p) {
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, vec v) { memcpy(p, &v, sizeof v); }

/* f in every lane. Subtracting 0 changes no f, so it compiles to nothing; adding it would turn -0 into 0. */
INLINE vec broadcast(float f) { return f - (vec){0}; }

/* a * b + c: rounded once where the processor has an instruction for it, else twice; `multiply_add_scalar` rounds the
   same way, so that vectors and the elements left over from them agree. */
INLINE vec multiply_add(vec a, vec b, vec c) {
#if defined(__AVX512F__)
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX__) && defined(__FMA__)
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__ARM_FEATURE_FMA) && defined(__ARM_NEON)
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

INLINE float multiply_add_scalar(float a, float b, float c) {
#if defined(__AVX512F__) || defined(__FMA__) || (defined(__ARM_FEATURE_FMA) && defined(__ARM_NEON))
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

/* The 8-bit codes of LANES weights as floats. */
INLINE vec load_codes(const uint8_t *p) {
#if defined(__AVX512F__)
    return (vec)_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
#elif defined(__AVX2__)
    return (vec)_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)));
#else
    bvec b;
    memcpy(&b, p, sizeof b);
    return __builtin_convertvector(b, vec);
#endif
}

/* The sum of all lanes, always by halves: lane i and lane i + LANES / 2, and so on. */
INLINE float sum_of_lanes(vec v) {
#if defined(__AVX__)
#if defined(__AVX512F__)
    __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd((__m512d)v, 1));
    __m256 eight = _mm256_add_ps(_mm512_castps512_ps256((__m512)v), high);
#else
    __m256 eight = (__m256)v;
#endif
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
#else
    float a[LANES];
    memcpy(a, &v, sizeof v);
    for (int half = LANES / 2; half; half /= 2)
        for (int i = 0; i < half; i++) a[i] += a[i + half];
    return a[0];
#endif
}

/* e^x of each lane, to about one unit in the last place; arguments are cut to the range where it is a normal number. */
INLINE vec vec_exp(vec x) {
    const vec low = broadcast(-87.0f), high = broadcast(88.0f), round = broadcast(12582912.0f);
    x = (vec)((ivec)x & (x > low)) + (vec)((ivec)low & ~(x > low));
    x = (vec)((ivec)x & (x < high)) + (vec)((ivec)high & ~(x < high));
    vec n = multiply_add(x, broadcast(1.44269504f), round) - round;
    vec r = multiply_add(n, broadcast(-0.693359375f), x);
    r = multiply_add(n, broadcast(2.12194440e-4f), r);
    vec p = multiply_add(r, broadcast(1.9875691500e-4f), broadcast(1.3981999507e-3f));
    p = multiply_add(p, r, broadcast(8.3334519073e-3f));
    p = multiply_add(p, r, broadcast(4.1665795894e-2f));
    p = multiply_add(p, r, broadcast(1.6666665459e-1f));
    p = multiply_add(p, r, broadcast(5.0000001201e-1f));
    p = multiply_add(p * r, r, r) + 1.0f;
    return p * (vec)((__builtin_convertvector(n, ivec) + 127) << 23);
}

INLINE float dot(const float *a, const float *b, int size) {
    vec sum = {0};
    int i = 0;
    for (; i + LANES <= size; i += LANES) sum = multiply_add(load(a + i), load(b + i), sum);
    float rest = 0; /* of the elements that fill no vector */
    for (; i < size; i++) rest = multiply_add_scalar(a[i], b[i], rest);
    return sum_of_lanes(sum) + rest;
}

/* y += factor * x */
INLINE void add_scaled(float *y, float factor, const float *x, int size) {
    int i = 0;
    for (; i + LANES <= size; i += LANES) store(y + i, multiply_add(broadcast(factor), load(x + i), load(y + i)));
    for (; i < size; i++) y[i] = multiply_add_scalar(factor, x[i], y[i]);
}
