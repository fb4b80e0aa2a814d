"""What one shoe is: a vector of design parameters, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Strap:
    """A band over the foot, as a path on the flat pattern (see `shoe_last`).

    `path` holds (p, t): p from 0 at the toe to 1 at the heel, t from 0 at the near edge of the
    sole over 1 at the top to 2 at its far edge. `width` is in shoe lengths.
    """

    path: tuple[tuple[float, float], ...]
    width: float
    buckle: bool = False


@dataclass(frozen=True)
class ShoeDesign:
    """All lengths are in shoe lengths, all shares from 0 to 1; defaults make a plain flat shoe."""

    kind: str

    # the last: what the foot would be
    toe_length: float = 0.34  # share of the length over which the toe narrows
    toe_roundness: float = 2.2  # exponent of the toe's outline: 1.2 pointed, 2 round, 4 square
    toe_turn: float = 0.0  # how far the tip points inwards
    toe_height: float = 0.10
    width: float = 0.18  # half the width at the ball
    waist: float = 0.72  # width at the arch, as a share of the ball's
    instep: float = 0.22  # how steeply the top of the foot rises

    # the bottom: sole and heel
    sole: float = 0.03
    platform: float = 0.0
    heel_height: float = 0.03
    heel_shape: str = "flat"  # flat wedge block stacked cuban cone stiletto spool flare
    heel_length: float = 0.26
    heel_tip: float = 0.8  # length of the heel on the ground, as a share of its length on top
    sole_style: str = "plain"  # plain welt foxing cup runner tread rope cork
    sole_edge: float = 0.012  # how far the sole stands out
    toe_spring: float = 0.03

    # the upper's edge
    throat: float = 0.45  # station where the top of the foot opens
    throat_rise: float = 0.0  # height of the throat above the instep line
    side_height: float = 0.16
    back_height: float = 0.22
    opening: float = 0.10  # half the opening's width
    opening_shape: float = 0.7  # exponent of the opening's outline: 0.4 square, 1 pointed
    back_lean: float = 0.04  # how far the top of the back stands before the heel
    shaft: float = 0.0  # height of the shaft above the ankle, 0 without
    shaft_width: float = 0.36
    shaft_flare: float = 0.0
    shaft_slope: float = 0.0  # front of the shaft higher than its back
    shaft_dip: float = 0.0

    # the pattern pieces
    cover: str = "closed"  # closed mule slingback dorsay open (straps only)
    peep: float = 0.0  # station up to which the toe is open, 0 closed
    straps: tuple[Strap, ...] = ()
    bar: float = 0.0  # station of a strap that bridges the opening, 0 without
    bar_width: float = 0.035
    cap: str = "none"  # none straight wing rubber mudguard
    cap_at: float = 0.18
    counter: float = 0.0  # length of the heel piece, 0 without
    counter_height: float = 0.8
    quarter: float = 0.0  # station of the seam between vamp and quarter, 0 without
    quarter_lean: float = 0.1
    eyestay: float = 0.0  # width of the piece that carries the eyelets, 0 without
    laces: int = 0
    lace_style: str = "bars"  # bars cross
    bow: bool = True  # laces end in a bow
    tongue: float = 0.0  # how far the tongue stands above the throat
    stripes: int = 0
    stripe_style: str = "slant"  # slant check chevron wave letter star patch
    apron: float = 0.0  # depth of a moccasin's apron seam, 0 without
    saddle: str = "none"  # none penny bit tassel strap
    gore: float = 0.0  # width of an elastic side piece, 0 without
    zip: str = "none"  # none side slant front
    belts: tuple[float, ...] = ()  # heights of straps round the shaft or ankle
    belt_width: float = 0.05
    velcro: int = 0
    collar: str = "plain"  # plain band padded fur scallop cuff
    collar_width: float = 0.0
    pull_tab: float = 0.0
    ornament: str = "none"  # none bow flower buckle button pompon stones
    ornament_size: float = 0.1
    brogue: bool = False
    stitched: bool = False
    studs: bool = False

    # what it is made of
    material: str = "leather"  # leather patent suede canvas metallic knit
    pattern: str = "plain"  # plain dots stripes check leopard snake flowers quilt weave
    upper: Colour = (120, 80, 50)
    accent: Colour = (90, 60, 40)
    trim: Colour = (60, 45, 35)
    lining: Colour = (200, 180, 150)
    sole_colour: Colour = (40, 35, 30)
    heel_colour: Colour = (40, 35, 30)
    lace_colour: Colour = (230, 230, 225)
    metal: Colour = (200, 185, 140)
    pattern_seed: int = 0
    view: tuple[float, float] = field(default=(25.0, 19.0))  # azimuth, elevation in degrees
