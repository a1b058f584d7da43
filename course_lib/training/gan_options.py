"""The options of gan_trainer.GANTrainer, grouped. Lesson 04."""
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class GANOptimizers:
    """Adam for both networks (beta_2 is 0.99).

    Args:
        learning_rate: the generator's.
        discriminator_learning_rate: the discriminator's; None: the same.
        beta_1: decay of the first moment; 0 to 0.5 for GANs.
    References:
        Heusel et al. 2017, section 1, on two learning rates (the two time-scale update rule).
    Lesson 04.
    """

    learning_rate: float = 2e-4
    discriminator_learning_rate: float | None = None
    beta_1: float = 0.0


@dataclass(frozen=True)
class Regularisation:
    """Penalties on the slope of the discriminator's score D(x), the logit, with respect to the image x.

    Args:
        r1: gamma of R1: the loss gets gamma / 2 * E |grad D(x)|^2 at real images x. The square is summed over the
            pixels and channels of an image and averaged over the batch. For images in [0, 1]; on [-1, 1], where the
            slope is half as large, the same penalty needs 4 gamma.
        gradient_penalty: lambda of WGAN-GP: the loss gets lambda * E (|grad D(x)| - 1)^2 between real and fake.
        every: takes the penalties in every k-th step only, multiplied by k (lazy regularisation).
    References:
        Mescheder et al. 2018, equation 9 (R1); Gulrajani et al. 2017, equation 3; Karras et al. 2020, Analyzing and
        Improving the Image Quality of StyleGAN, section 3.1 (lazy).
    Lesson 04.
    """

    r1: float = 0.0
    gradient_penalty: float = 0.0
    every: int = 1


@dataclass(frozen=True)
class Augmentation:
    """Whether and how often images are augmented before the discriminator sees them.

    Args:
        kind: "none"; "fixed", always with this probability; "adaptive", it rises while the discriminator overfits.
        probability: of each kind of change, 0 to 1; where an adaptive one begins.
    Raises:
        ValueError: for another kind.
    References:
        Karras et al. 2020, Training Generative Adversarial Networks with Limited Data.
    Lesson 04.
    """

    kind: str = "none"
    probability: float = 0.0

    def __post_init__(self):
        if self.kind not in ("none", "fixed", "adaptive"):
            raise ValueError(f"augmentation {self.kind!r}: expected none, fixed or adaptive")


@dataclass(frozen=True)
class AuxiliaryLoss:
    """What the generator minimises beside the adversarial loss: adversarial_weight * L_adv + function(fake, real).

    Args:
        function: (fake, real) -> one number, as a distance from the true image.
        adversarial_weight: of the adversarial loss.
        variables: keras Variables that function reads, as weights that follow a schedule.
    Lesson 04.
    """

    function: Callable
    adversarial_weight: float = 1.0
    variables: tuple = ()
