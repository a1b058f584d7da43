"""One file per shipped checkpoint: from data to weights to card. Each runs as `python -m course_lib.recipes.<name>`."""

# what builds each shipped checkpoint: the recipe's module and its arguments (`course checkpoints build <name>`)
BUILDS = {
    "identity_evaluator": ("evaluators", "identity_evaluator"),
    "pose_regressor": ("evaluators", "pose_regressor"),
    "shared_encoder": ("shared_encoder",),
    "personal_decoder": ("shared_encoder",),
    "decoder_bruno": ("named_decoders",),
    "decoder_kavya": ("named_decoders",),
    "people_vectors": ("people_vectors",),
    "faceswap_gan_kavya": ("faceswap_gan",),
    "portrait_regressor": ("portrait_regressor",),
    "attribute_regressor": ("attribute_regressor",),
    "portrait_generator": ("portrait_generator",),
    "portrait_stylegan": ("portrait_stylegan",),
    "portrait_stylegan_discriminator": ("portrait_stylegan",),
    "dictionary_restorer": ("dictionary_restorer",),
    "plain_restorer": ("dictionary_restorer",),
    "esrgan_pixel": ("esrgan", "pixel"),
    "esrgan": ("esrgan", "adversarial"),
    "esrgan_blind": ("esrgan", "blind"),
    "meso4_cast": ("mesonet", "meso4_cast"),
    "mesoinception4_cast": ("mesonet", "mesoinception4_cast"),
}
