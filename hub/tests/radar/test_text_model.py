"""TF-IDF and the latent space against worked values and a full decomposition."""

import numpy as np
import pytest
from scipy import sparse

from academichub.radar.text_model import fit_text_model

COUNTS = sparse.csr_matrix(np.array([[2, 1, 0], [0, 1, 1], [0, 0, 0]]))


def test_weights_by_hand() -> None:
    model = fit_text_model(COUNTS, dimensions=2)
    # df = 1, 2, 1 of n = 3: idf = ln(4/2) + 1 and ln(4/3) + 1
    rare, usual = np.log(2) + 1, np.log(4 / 3) + 1
    assert model.idf_D == pytest.approx([rare, usual, rare])
    first = np.array([(1 + np.log(2)) * rare, usual, 0])
    second = np.array([0, usual, rare])
    got = model.vectors(COUNTS).tfidf_ND.toarray()
    assert got[0] == pytest.approx(first / np.linalg.norm(first), abs=1e-6)
    assert got[1] == pytest.approx(second / np.linalg.norm(second), abs=1e-6)
    assert got[2].tolist() == [0, 0, 0]


def test_latent_space_is_that_of_a_full_decomposition() -> None:
    generator = np.random.default_rng(3)
    counts = sparse.csr_matrix(generator.poisson(0.4, (40, 12)))
    model = fit_text_model(counts, dimensions=11)
    vectors = model.vectors(counts)
    singular = np.linalg.svd(vectors.tfidf_ND.toarray(), compute_uv=False)
    assert model.energy_K == pytest.approx(singular[:11] ** 2, rel=1e-3)
    assert model.basis_DK.T @ model.basis_DK == pytest.approx(np.eye(11), abs=1e-4)
    assert model.gram_KK == pytest.approx(vectors.latent_NK.T @ vectors.latent_NK, abs=1e-3)
    has_words = counts.toarray().any(axis=1)
    assert np.linalg.norm(vectors.latent_NK, axis=1) == pytest.approx(
        has_words.astype(float), abs=1e-5
    )


def test_the_same_counts_give_the_same_model() -> None:
    counts = sparse.csr_matrix(np.random.default_rng(0).poisson(0.3, (60, 80)))
    one, two = fit_text_model(counts, dimensions=10), fit_text_model(counts, dimensions=10)
    assert np.array_equal(one.basis_DK, two.basis_DK)
    assert np.array_equal(one.gram_KK, two.gram_KK)


def test_small_and_empty_input() -> None:
    single = fit_text_model(sparse.csr_matrix(np.array([[1, 0]])))
    assert single.basis_DK.shape[1] == 1
    assert len(single.vectors(sparse.csr_matrix((0, 2)))) == 0
    with pytest.raises(ValueError, match="0 works of 3 words"):
        fit_text_model(sparse.csr_matrix((0, 3)))
    with pytest.raises(ValueError, match="counts have 5 columns, the model was fitted on 3"):
        fit_text_model(COUNTS).vectors(sparse.csr_matrix((1, 5)))
