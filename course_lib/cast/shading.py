"""From masks and light to colour: albedo, reflection models, lens reflections, exposure, background."""

import tensorflow as tf

from course_lib.cast.algebra import bump, dot, mix, saturate, smoothstep, square, unit, value_noise
from course_lib.cast.anatomy import LAMPS, to_head
from course_lib.cast.surface import lens

LIGHT_TERMS = "nl fill sky rim glare gloss wet sheen".split()  # what `light_terms` returns


def _albedo(m, noise, q):
    """Linear reflectance at every point, three tensors [N, M]; m comes from `surface.masks`."""
    base = q.skin_r, q.skin_g, q.skin_b
    hair, iris, cloth = (
        (q.hair_r, q.hair_g, q.hair_b),
        (q.iris_r, q.iris_g, q.iris_b),
        (q.cloth_r, q.cloth_g, q.cloth_b),
    )
    out = []
    for i in range(3):
        b = base[i] * m["tone"] * (1.0 - m["red"] * (0.06, 0.55, 0.50)[i]) * (1.0 - m["shadow"] * (0.8, 1.0, 0.8)[i])
        b = b * (1.0 - m["lid"] * (0.4, 0.9, 0.8)[i]) * (1.0 - m["freckle"] * (0.35, 0.55, 0.65)[i])
        b = b * (1.0 - m["wrinkle"] * (0.30, 0.40, 0.38)[i]) * (1.0 - q.flush * (0.003, 0.010, 0.006)[i])
        lip = mix(base[i] * (0.82, 0.48, 0.50)[i] + (0.02, 0.0, 0.005)[i], (0.42, 0.03, 0.05)[i], 0.75 * q.lipstick)
        b = mix(b, lip * (0.9 + 0.25 * noise["liplines"]), m["lips"] * 0.92)
        b = mix(b, hair[i] * 0.75 + 0.004, m["brow"])
        b = mix(b, hair[i] * (0.7 + 0.6 * noise["grain"]) + 0.003, m["beard"])
        b = mix(b, hair[i] * 0.6, m["root"])
        b = mix(b, 0.012, m["lash"]) * (1.0 - 0.75 * m["seam"])
        b = mix(b, (0.10, 0.02, 0.02)[i], m["cavity"])
        white = (0.70, 0.67, 0.66)[i] * (1.0 - (0.05, 0.22, 0.20)[i] * m["sclera_red"])
        eye = mix(mix(white, iris[i] * m["glow"], m["iris"]), 0.006, m["pupil"]) * m["lidshade"]
        mouth = mix((0.42, 0.10, 0.11)[i], (0.80, 0.76, 0.68)[i] * m["gap"], m["tooth"]) * (0.08 + 0.92 * m["deep"])
        out.append(
            m["skin"] * b
            + m["eye"] * eye
            + m["mouth"] * mouth
            + m["hair"] * hair[i] * (0.28 + 1.1 * m["strands"])
            + m["cloth"] * cloth[i] * m["weave"]
            + m["rim"] * (0.03, 0.022, 0.02)[i]
        )
    return out


def light_terms(p, d, normal, m, q):
    """How the light meets every point, without colour.

    Args:
        p: (x, y, z), world points, tensors [N, M].
        d, normal: (x, y, z), the rays' directions and the surface normals.
        m: What `surface.masks` returns.
        q: Measures.
    Returns:
        Dict of [N, M], see LIGHT_TERMS.
    References:
        Kajiya and Kay 1989 (hair).
    """
    x, _, z = to_head(p, q)
    key, view = (q.lx, q.ly, q.lz), (-d[0], -d[1], -d[2])
    fill = (q.fx, q.fy, q.fz)
    half = unit(key[0] + view[0], key[1] + view[1], key[2] + view[2])
    hair, st = m["hair"], m["strands"]
    hx, hz = x - 0.22 * q.hair_part + 1e-4, z + 0.25  # strands tilt the hair's normal
    tilt = (st - 0.5) * hair * 0.9 * tf.math.rsqrt(hx * hx + hz * hz + 1e-4)
    n = unit(normal[0] + tilt * hz, normal[1], normal[2] - tilt * hx)
    nl, nf, nv, nh = dot(n, key), dot(n, fill), saturate(dot(n, view)), saturate(dot(n, half))
    nh4 = square(square(nh))
    nh16 = square(square(nh4))
    nh64 = square(square(nh16))
    gloss = (
        (0.14 * nh16 + 0.12 * nh64)
        * m["skin"]
        * (1.0 - 0.9 * m["beard"])
        * (1.0 - 0.6 * m["brow"])
        * (0.45 + 0.55 * m["shine"] + 0.8 * m["lips"])
    )
    # the cornea bulges: its highlight uses a normal pushed away from the gaze
    g = (
        q.r00 * q.gx + q.r01 * q.gy + q.r02 * q.gz,
        q.r10 * q.gx + q.r11 * q.gy + q.r12 * q.gz,
        q.r20 * q.gx + q.r21 * q.gy + q.r22 * q.gz,
    )
    cornea = unit(*(normal[i] + 0.55 * m["iris"] * (normal[i] - g[i]) for i in range(3)))
    catch = saturate(dot(cornea, half))
    catch2 = saturate(dot(cornea, unit(fill[0] + view[0], fill[1] + view[1], fill[2] + view[2])))
    wet = (2.6 * smoothstep(0.968, 0.982, catch) + 0.20 * smoothstep(0.960, 0.980, catch2)) * mix(0.10, 1.0, m["iris"])
    wet = (wet + 0.12 * square(square(square(square(catch))))) * m["eye"]
    # hair's highlight runs across the strands (Kajiya and Kay 1989)
    along = unit(-normal[1] * normal[0], 1.0 - normal[1] * normal[1], -normal[1] * normal[2])
    sheen = square(square(tf.nn.relu(1.0 - square(dot(along, half)))))
    sheen = (
        (0.50 * square(square(sheen)) * (0.2 + 1.6 * st) + 0.10 * sheen * st)
        * saturate(nl * 1.5 + 0.4)
        * (1.0 - 0.7 * q.hair_curl)
        * hair
    )
    # lenses: a soft window from above and a streak that follows the key light's side
    coverage, height, position = lens(p, d, q)
    streak = bump((position - 0.335 * q.fw * tf.sign(position) - 0.25 * height * 0.175 - 0.05 * q.lx) / 0.035)
    glare = coverage * (
        0.05
        + 0.16 * smoothstep(-0.2, 0.9, height)
        + 0.35 * streak * smoothstep(-0.75, -0.2, height) * smoothstep(0.9, 0.5, height)
    )
    return dict(
        nl=nl,
        fill=tf.nn.relu((nf + 0.4) / 1.4),
        sky=0.5 + 0.5 * n[1],
        rim=square(square(1.0 - nv)),
        glare=glare,
        gloss=gloss + m["mouth"] * 0.2 * nh16 * nh16 * m["deep"] + m["rim"] * 0.5 * nh64,
        wet=wet,
        sheen=sheen,
    )


def shade(m, noise, t, occlusion, shadow, q):
    """Linear light that leaves every point towards the camera.

    Args:
        m: What `surface.masks` returns.
        noise: Dict of the noise layers.
        t: What `light_terms` returns.
        occlusion, shadow: Visibility of the sky and of the key light, in [0, 1].
        q: Measures.
    Returns:
        Three tensors [N, M].
    """
    alb = _albedo(m, noise, q)
    base = q.skin_r, q.skin_g, q.skin_b
    light = [1.0 + 0.25 * q.light_warmth, 1.0 + 0.0 * q.light_warmth, 1.0 - 0.35 * q.light_warmth]
    sky, hair = [q.light_sky_r, q.light_sky_g, q.light_sky_b], [q.hair_r, q.hair_g, q.hair_b]
    skin, out = m["skin"], []
    for i in range(3):
        wrap = (0.42, 0.20, 0.14)[i] * skin + 0.25 * m["hair"] + 0.15 * m["eye"]  # light bleeds through skin, red most
        lit = mix(shadow, 1.0, (0.20, 0.06, 0.0)[i] * skin)
        key = tf.nn.relu((t["nl"] + wrap) / (1.0 + wrap)) * lit * light[i] * q.light_intensity * 1.5
        fill = t["fill"] * q.light_fill * sky[i] * (0.5 + 0.5 * occlusion)
        ambient = (
            mix(0.30 * base[i] + 0.10, sky[i], t["sky"])
            * q.light_ambient
            * mix(occlusion, 1.0, (0.22, 0.06, 0.02)[i] * skin)
        )
        spec = t["gloss"] * shadow + t["wet"] * (0.25 + 0.75 * shadow) + t["sheen"] * (hair[i] * 1.4 + 0.03) * shadow
        rim = (
            t["rim"]
            * (0.14 * skin + 0.22 * m["hair"] * (hair[i] + 0.1) + 0.05 * m["cloth"])
            * sky[i]
            * q.light_ambient
            * occlusion
        )
        glare = t["glare"] * sky[i] * (0.35 * q.light_intensity + 0.65 * q.light_ambient)
        out.append(alb[i] * (key + fill + ambient) + spec * light[i] * q.light_intensity + rim + glare)
    return out


def expose(linear):
    """Linear light to display value: a film-like shoulder.

    Args:
        linear: Tensor.
    Returns:
        Tensor in [0, 1].
    """
    return 1.0 - tf.exp(-1.3 * linear)


def background(x, y, q):
    """Linear background: a gradient, lamps out of focus, or a room with windows.

    Args:
        x, y: Position in the image, in [-1, 1].
        q: Measures.
    Returns:
        Three tensors like x.
    """
    s = q.bg_seed
    noise = value_noise(x * 1.3 + s, y * 1.3, tf.cast(q.bg_draw, tf.int32))
    w = saturate(0.5 + 0.35 * (y * q.bg_cos + x * q.bg_sin) + 0.35 * (noise - 0.5))
    lamps = 0.0
    for i in range(LAMPS):
        hx, hy, hr = (getattr(q, f"lamp{i}_{c}") for c in "xyr")
        r = tf.sqrt(square(x - (hx * 2.4 - 1.2)) + square(y - (hy * 2.2 - 0.9)))
        edge = 0.10 + 0.16 * hr
        disc = smoothstep(edge + 0.03, edge - 0.03, r) * (0.7 + 0.3 * smoothstep(0.5 * edge, edge, r))
        lamps += disc * (0.25 + 0.5 * hr)
    lamps = lamps * q.bg_lamps
    wx = x * (1.5 + q.window_wide) + q.window_x * 4.0
    height = tf.abs(y - (0.45 - 0.3 * q.window_high))
    window = smoothstep(0.10, 0.24, tf.abs(wx - tf.round(wx))) * smoothstep(0.75, 0.6, height) * q.bg_windows
    first, second = (q.bg_r, q.bg_g, q.bg_b), (q.bg_r2, q.bg_g2, q.bg_b2)
    out = []
    for i in range(3):
        c = (
            mix(second[i], first[i], w)
            + lamps * (first[i] * 1.1 + 0.1)
            + window * (0.35, 0.38, 0.40)[i] * (first[i] + 0.5)
        )
        out.append(c)
    return out
