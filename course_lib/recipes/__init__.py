"""One file per shipped checkpoint: from data to weights to card. Each runs as `python -m course_lib.recipes.<name>`.

cards/ holds the model cards, in which a recipe fills in its numbers.
"""
from pathlib import Path

# what builds each shipped checkpoint: the recipe's module and its arguments (`course checkpoints build <name>`)
BUILDS = {
    "identity_evaluator": ("identity_evaluator",),
    "pose_regressor": ("pose_regressor",),
    "shared_encoder": ("shared_encoder",),
    "personal_decoder": ("shared_encoder",),
    "decoder_bruno": ("named_decoders",),
    "decoder_kavya": ("named_decoders",),
    "swap_from_scratch": ("swap_from_scratch",),
    "people_vectors": ("people_vectors",),
    "faceswap_gan_kavya": ("faceswap_gan",),
    "portrait_regressor": ("portrait_regressor",),
    "attribute_regressor": ("attribute_regressor",),
    "portrait_generator": ("portrait_generator",),
    "portrait_stylegan": ("portrait_stylegan",),
    "portrait_stylegan_discriminator": ("portrait_stylegan",),
    "first_order": ("first_order",),
    "dancer": ("dancer",),
    "retargeter": ("retargeter",),
    "video_portrait": ("video_portrait",),
    "dictionary_restorer": ("dictionary_restorer",),
    "plain_restorer": ("dictionary_restorer",),
    "esrgan_pixel": ("esrgan", "pixel"),
    "esrgan": ("esrgan", "adversarial"),
    "esrgan_blind": ("esrgan", "blind"),
    "meso4_cast": ("mesonet", "meso4_cast"),
    "mesoinception4_cast": ("mesonet", "mesoinception4_cast"),
    "meso4_cast_novelty": ("novelty",),
    "mesoinception4_cast_novelty": ("novelty",),
    "self_blended_cast": ("boundary_detector",),
    "one_method_cast": ("boundary_detector",),
    "warping_cast": ("face_warping",),
    "warping_pyramid_cast": ("face_warping",),
    "noiseprint_cast": ("noiseprint",),
    "patch_consistency": ("patch_consistency",),
    "meso64_plain": ("robust_detectors", "meso64_plain"),
    "meso64_degraded": ("robust_detectors", "meso64_degraded"),
    "meso64_noise": ("robust_detectors", "meso64_noise"),
    "meso64_adversarial": ("robust_detectors", "meso64_adversarial"),
    "audio_to_lips": ("audio_to_lips",),
    "sync_expert": ("sync_expert", "cosine"),
    "sync_expert_contrastive": ("sync_expert", "contrastive"),
    "sync_expert_independent": ("sync_expert", "independent"),
    "learned_mark_encoder": ("learned_mark",),
    "learned_mark_decoder": ("learned_mark",),
    "wav2lip": ("wav2lip",),
}


def model_card(template, /, **values):
    """Fill in a model card.

    Args:
        template: a file of cards/, without its ending.
    Returns:
        The card as Markdown.
    Raises:
        KeyError: when the template names a value that is not given.
    """
    return Path(__file__).with_name("cards").joinpath(f"{template}.md").read_text(encoding="utf-8").format(**values)
