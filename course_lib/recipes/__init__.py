"""One file per shipped checkpoint: from data to weights to card. Each runs as `python -m course_lib.recipes.<name>`."""

# what builds each shipped checkpoint: the recipe's module and its arguments (`course checkpoints build <name>`)
BUILDS = {
    "identity_judge": ("judges", "identity_judge"),
    "reader": ("judges", "reader"),
    "shared_encoder": ("swap",),
    "personal_decoder": ("swap",),
    "decoder_bruno": ("named",),
    "decoder_kavya": ("named",),
    "people_vectors": ("forger",),
    "faceswap_gan_kavya": ("faceswap_shipped",),
    "portrait_reader": ("portrait_reader",),
    "attribute_reader": ("attribute_reader",),
    "portrait_generator": ("generator",),
    "portrait_stylegan": ("stylegan",),
    "portrait_stylegan_critic": ("stylegan",),
    "dictionary_restorer": ("dictionary",),
    "plain_restorer": ("dictionary",),
    "esrgan_pixel": ("esrgan", "pixel"),
    "esrgan": ("esrgan", "adversarial"),
    "esrgan_blind": ("esrgan", "blind"),
    "meso4_cast": ("detector", "meso4_cast"),
    "mesoinception4_cast": ("detector", "mesoinception4_cast"),
}
