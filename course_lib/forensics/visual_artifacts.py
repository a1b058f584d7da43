"""Features and classifiers of Matern et al.: the colours of both eyes, and the texture of four regions. Lesson 11."""
import numpy as np
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .evidence import checked
from .eyes import both_eyes, colour_distances
from .texture import EYES_OPEN, MOUTH_OPEN, laws, opening, regions

PIPELINES = ("eye colour", "eyes and teeth", "nose and border")  # against GAN faces, deepfakes, Face2Face
REGIONS = {"eyes and teeth": ("eyes", "teeth"), "nose and border": ("nose", "border")}


def features(image, landmarks, wrapped=False):
    """What the three pipelines of Matern et al. measure in one picture.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
        wrapped: Take the texture energies as the public code does, see texture.laws.
    Returns:
        Dict: a name of PIPELINES -> f64 [6], [18] or [18], or None where it abstains: eyes that cannot be compared; a
        mouth or eyes that are not open far enough; no teeth; no visible region.
    References:
        Matern, Riess & Stamminger 2019, sections 4.1 and 4.2. Their "face border" is the hull of the whole face; here
        it is the border.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    a, b, why = both_eyes(image, landmarks)
    out = {"eye colour": None if why else np.array(list(colour_distances(a, b).values()))}
    energies, masks, open_ = laws(image, wrapped), regions(image, landmarks), opening(landmarks)
    for pipeline, names in REGIONS.items():
        gate = pipeline != "eyes and teeth" or (open_["mouth"] > MOUTH_OPEN and open_["eyes"] > EYES_OPEN)
        seen = gate and all(masks[name].any() for name in names)
        out[pipeline] = np.concatenate([energies[masks[n]].mean(0) for n in names]).astype(float) if seen else None
    return out


def classifiers(seed=0):
    """The three classifiers of the paper, unfitted, each behind a standardisation.

    Args:
        seed: Of bagging and of the network's weights.
    Returns:
        Dict: name -> scikit-learn pipeline with predict_proba.
    References:
        Matern et al. 2019, section 5: bagged k nearest neighbours, logistic regression, a network of 64-64-64 units.
    Lesson 11.
    """
    models = {"nearest neighbours": BaggingClassifier(KNeighborsClassifier(5), 20, max_samples=0.8, random_state=seed),
              "logistic regression": LogisticRegression(C=0.1, max_iter=2000),
              "network 64-64-64": MLPClassifier((64, 64, 64), alpha=0.1, learning_rate_init=1e-3, max_iter=300,
                                                random_state=seed)}
    return {name: make_pipeline(StandardScaler(), model) for name, model in models.items()}
