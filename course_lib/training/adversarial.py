"""Two players and the loop in which they learn against each other. Lesson 04; lessons 05, 06 and 09 use it too."""
import keras
import numpy as np
from keras import ops

from course_lib.show import encode_sheet, image_sheet
from course_lib.training.ada import ADA_TARGET, augment, draw_augmentations

from .fit import fit
from .gradients import compiled, input_gradient, value_and_gradients
from .losses import GAMES, gradient_penalty, mixup_discriminator, r1_penalty


class Game:
    """A generator and a discriminator, their optimizers and the generator's moving average: what play() trains.

    generator, discriminator: keras.Models, built. loss: a key of losses.GAMES. rate, discriminator_rate: learning rates (discriminator_rate
    is rate when left out). beta: Adam's first moment. r1: weight of the penalty on the discriminator's gradient at real
    pictures, taken every `penalty_every` steps; penalty: weight of the Wasserstein gradient penalty. labels: the
    discriminator's labels (real, fake) for label smoothing, in the games that have any. average: decay of the generator's
    moving average a step. discriminator_steps: steps of the discriminator for one of the generator. extra: (fake, real) -> further
    loss of the generator, one number. weight: of the adversarial loss beside it. view: (inputs, picture) -> what the
    discriminator is shown, by default the picture; pairs for lesson 05. change: "none", "fixed" or "adaptive": pictures are
    changed before the discriminator sees them, with a chance that is `chance`, or grows while it overfits.
    frozen: "generator" or "discriminator" lets only the other learn (it may be set between two calls of play). mixup: the
    discriminator of the least-squares game sees real and generated pictures mixed, by one lambda ~ Beta(mixup, mixup) a
    batch, and is to say lambda (losses.mixup_discriminator; it then keeps no scores). settings: keras Variables that extra
    reads, as weights that change over time.

    `average` is the model to use afterwards. `moments()` gives what happened since the last call.
    Raises ValueError for an unknown game, change or frozen player. Lesson 04.
    """

    def __init__(self, generator, discriminator, loss="non-saturating", *, rate=2e-4, discriminator_rate=None, beta=0.0, r1=0.0,
                 penalty=0.0, penalty_every=1, labels=(1.0, 0.0), average=0.999, discriminator_steps=1, extra=None, weight=1.0,
                 view=None, change="none", chance=0.0, frozen=None, mixup=0.0, settings=(), seed=0):
        if loss not in GAMES:
            raise ValueError(f"loss={loss!r} is no game; there are {', '.join(GAMES)}")
        if change not in ("none", "fixed", "adaptive") or frozen not in (None, "generator", "discriminator"):
            raise ValueError(f"change={change!r} must be none, fixed or adaptive; frozen={frozen!r} None or a player")
        if mixup and (loss != "least squares" or r1 or penalty or change == "adaptive"):
            raise ValueError("mixup belongs to the game 'least squares', without r1, penalty and adaptive changes")
        if labels != (1.0, 0.0) and loss not in ("minimax", "non-saturating", "least squares"):
            raise ValueError(f"the game {loss!r} has no labels to smooth; leave labels out")
        self.generator, self.discriminator, self.loss, self.labels = generator, discriminator, loss, labels
        self.r1, self.penalty, self.penalty_every, self.discriminator_steps = r1, penalty, penalty_every, discriminator_steps
        self.decay, self.extra, self.weight, self.frozen, self.change = average, extra, weight, frozen, change
        self.mixup, self.settings = mixup, list(settings)
        self.view = view or (lambda inputs, picture: picture)
        self.average = keras.models.clone_model(generator)
        self.average.set_weights(generator.get_weights())
        self.optimizers = [keras.optimizers.Adam(r, beta_1=beta, beta_2=0.99) for r in (rate, discriminator_rate or rate)]
        for optimizer, player in zip(self.optimizers, (generator, discriminator), strict=True):
            optimizer.build(player.trainable_variables)
        self.counts = keras.Variable([0.0, chance], trainable=False, dtype="float32", name="counts")  # steps, chance
        self.rng, self.seen = np.random.default_rng(seed), []
        self._compile()

    def _compile(self):
        self._steps = {}
        for name, step in (("discriminator", self.discriminator_step), ("generator", self.generator_step)):
            self._steps[name] = compiled(step, self.weights)
        self._steps["penalised"] = compiled(lambda *arrays: self.discriminator_step(*arrays, penalised=True), self.weights)

    # ---- one step of each player: this is the method

    def discriminator_step(self, inputs, real, change_real, change_fake, between, penalised=False):
        """The discriminator learns to tell real pictures from generated ones. Returns loss, gradient norm, both scores."""
        fake = ops.stop_gradient(self.generator(inputs, training=True))
        see_real = augment(self.view(inputs, real), change_real)
        see_fake = augment(self.view(inputs, fake), change_fake)
        options = {} if self.labels == (1.0, 0.0) else {"real_label": self.labels[0], "fake_label": self.labels[1]}

        def loss():
            if self.mixup:
                scores = self.discriminator(between * see_real + (1 - between) * see_fake, training=True)
                return mixup_discriminator(scores, between), (scores[:0], scores[:0])
            real_scores = self.discriminator(see_real, training=True)
            fake_scores = self.discriminator(see_fake, training=True)
            value = GAMES[self.loss][0](real_scores, fake_scores, **options)
            if penalised and self.r1:
                steep = input_gradient(self._score, see_real)
                value = value + self.r1 * self.penalty_every * r1_penalty(steep)
            if penalised and self.penalty:
                steep = input_gradient(self._score, between * see_real + (1 - between) * see_fake)
                value = value + self.penalty * self.penalty_every * gradient_penalty(steep)
            return value, (real_scores, fake_scores)

        value, scores, norm = self._learn(loss, self.discriminator, self.optimizers[1])
        return value, norm, *scores

    def generator_step(self, inputs, real, change_fake, decay):
        """The generator learns to be taken for real; its moving average follows. Returns loss and gradient norm."""
        def loss():
            fake = self.generator(inputs, training=True)
            scores = [self.discriminator(augment(self.view(inputs, fake), change_fake), training=False)]
            if self.loss == "relativistic":
                scores.append(self.discriminator(augment(self.view(inputs, real), change_fake), training=False))
            value = self.weight * GAMES[self.loss][1](*scores)
            return (value if self.extra is None else value + self.extra(fake, real)), ()

        value, _, norm = self._learn(loss, self.generator, self.optimizers[0])
        follow(self.average, self.generator, decay)
        return value, norm

    def _learn(self, loss, player, optimizer):
        variables = player.trainable_variables
        others = [v for v in [*self.generator.variables, *self.discriminator.variables, *self.settings]
                  if not any(v is variable for variable in variables)]
        value, rest, gradients = value_and_gradients(loss, variables, others)
        optimizer.apply(gradients, variables)
        return value, rest, ops.sqrt(sum(ops.sum(ops.square(ops.cast(g, "float32"))) for g in gradients))

    def _score(self, pictures):
        return self.discriminator(pictures, training=False)

    # ---- what fit() asks of a model: a step, its weights, its optimizer

    def train_on_batch(self, inputs, real):
        """One round: the discriminator's step and, every discriminator_steps rounds, the generator's. Returns the sum of the losses,
        which is not finite when either is not."""
        n, (count, chance) = len(real), np.array(self.counts)
        shape = (n, *[1] * (np.ndim(real) - 1))
        between = np.full(shape, self.rng.beta(self.mixup, self.mixup)) if self.mixup else self.rng.random(shape)
        between = between.astype(np.float32)
        changes = [draw_augmentations(self.rng, n, np.shape(real)[1], chance) if self.change != "none" else None
                   for _ in range(3)]
        seen, total = {}, 0.0
        if self.frozen != "discriminator":
            penalised = (self.r1 or self.penalty) and count % self.penalty_every == 0
            step = self._steps["penalised" if penalised else "discriminator"]
            value, norm, real_scores, fake_scores = step(*_tensors(inputs, real, changes[0], changes[1], between))
            seen |= {"discriminator": float(value), "discriminator_norm": float(norm), "real": np.ravel(real_scores),
                     "fake": np.ravel(fake_scores)}
            total += seen["discriminator"]
            if self.change == "adaptive":
                surprise = np.mean(np.sign(seen["real"])) - ADA_TARGET
                chance = np.clip(chance + np.sign(surprise) * n / 20_000, 0, 0.85)
        if self.frozen != "generator" and count % self.discriminator_steps == 0:
            decay = np.float32(min(self.decay, (1 + count) / (10 + count)))
            value, norm = self._steps["generator"](*_tensors(inputs, real, changes[2], decay))
            seen |= {"generator": float(value), "generator_norm": float(norm)}
            total += seen["generator"]
        self.counts.assign([count + 1, chance])
        self.seen.append(seen)
        return total

    @property
    def weights(self):
        """Every Variable that a step reads or changes, without the generator's optimizer: what a checkpoint holds."""
        return [*self.generator.variables, *self.discriminator.variables, *self.average.variables, self.counts,
                *self.settings, *self.optimizers[0].variables, *self.optimizers[1].variables]

    @property
    def optimizer(self):
        return self

    @property
    def learning_rate(self):
        """The generator's learning rate; setting it changes the discriminator's by the same factor."""
        return float(np.array(self.optimizers[0].learning_rate))

    @learning_rate.setter
    def learning_rate(self, rate):
        factor = rate / self.learning_rate
        for optimizer in self.optimizers:
            optimizer.learning_rate = factor * float(np.array(optimizer.learning_rate))

    built, variables = True, ()

    def reset_metrics(self):
        """Nothing to reset: each step's numbers are kept in seen."""

    def moments(self):
        """What happened since the last call, a dict for History.validation: means of discriminator, generator (losses),
        discriminator_norm, generator_norm; the last scores of at most 64 real and fake pictures; chance (of changes)."""
        seen, self.seen = self.seen, []
        told = {}
        for name in ("discriminator", "generator", "discriminator_norm", "generator_norm"):
            values = [s[name] for s in seen if name in s]
            told[name] = float(np.mean(values)) if values else None
        for name in ("real", "fake"):
            scores = np.concatenate([s[name] for s in seen[-8:] if name in s] or [[]])
            told[name] = [round(float(v), 3) for v in scores[-64:]]
        return told | {"chance": float(np.array(self.counts)[1])}


def play(game, batches, seconds=None, steps=None, *, watch=None, samples=None, every=5.0, **options):
    """Lets a Game learn until its time or its steps are used up, and returns the History.

    batches: yields (inputs, real): what the generator is given, and the real pictures, one row each. seconds, steps:
    the budget, as for fit. samples: inputs that are drawn again and again: every `every` seconds the moving average
    makes pictures of them (its first three channels), kept (see sheet_of) in the history's validation beside losses,
    gradient norms and scores. watch: game -> dict of further numbers kept there. options: as for fit (checkpoint,
    resume, quiet, ...).

    As in fit, interrupting keeps what was learned, a number that is not finite puts the last good weights back, and a
    checkpoint can be gone on from. Lesson 04.
    """
    def look(game):
        told = game.moments()
        if samples is not None:
            told["sample"] = encode_sheet(image_sheet(game.average.predict_on_batch(samples)[..., :3]))
        return told | (watch(game) if watch else {})

    preview = options.pop("preview", samples is not None)
    if preview is True:
        def preview(game):
            return image_sheet(game.average.predict_on_batch(samples)[..., :3], zoom=2)

    return fit(game, batches, seconds, steps, preview=preview or None, validation=look, validate_every=every, **options)


def noise_batches(pictures, latent, rng, batch=32, mirror=True):
    """Endless (latent vectors f32 [batch, latent], pictures f32 [batch, H, W, 3]) for play.

    pictures: [N, H, W, 3], f32 in [0, 1] or uint8, drawn with replacement. mirror: half of them are mirrored.
    Lesson 04.
    """
    while True:
        real = pictures[rng.integers(0, len(pictures), batch)]
        real = real.astype(np.float32) / 255 if real.dtype == np.uint8 else real
        if mirror:
            real = np.where(rng.random((batch, 1, 1, 1)) < 0.5, real[:, :, ::-1], real)
        yield rng.standard_normal((batch, latent)).astype(np.float32), real


def follow(average, model, decay):
    """Moves every weight of average towards the model's: decay * average + (1 - decay) * model. Lesson 04."""
    for slow, fast in zip(average.variables, model.variables, strict=True):
        slow.assign(ops.cast(decay, slow.dtype) * slow + ops.cast(1 - decay, slow.dtype) * ops.cast(fast, slow.dtype))


def _tensors(*arrays):
    def one(a):
        if a is None:
            return None
        return [one(x) for x in a] if isinstance(a, (list, tuple)) else ops.convert_to_tensor(a)

    return [one(a) for a in arrays]
