"""The design parameters of one shoe: everything that its photo and its sketches depend on."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Strap:
    """A strap over the foot.

    Attributes:
        path: Points (p, t) in the coordinates of the flat pattern (see `upper`): p from 0 at the
            toe to 1 at the heel; t from 0 at the near edge of the sole, through 1 at the top, to
            2 at the far edge.
        width: In shoe lengths.
        buckle: Whether the strap has a buckle.
    """

    path: tuple[tuple[float, float], ...]
    width: float
    buckle: bool = False


@dataclass(frozen=True)
class ShoeDesign:
    """Parameters of one shoe; the defaults describe a plain flat shoe.

    Lengths and heights are in shoe lengths. A station is a coordinate p of the flat pattern, from 0
    at the toe to 1 at the heel (see `upper`). A string is one of the words in its comment.
    """

    kind: str

    # shape of the foot (the shoemaker's last)
    toe_length: float = 0.34  # share of the length over which the toe narrows
    toe_roundness: float = 2.2  # exponent of its outline: 1.2 = pointed, 2 = round, 4 = square
    toe_turn: float = 0.0  # sideways shift of the tip of the toe
    toe_height: float = 0.10
    width: float = 0.18  # half the width at the ball of the foot
    waist: float = 0.72  # width at the arch, as a share of the width at the ball
    instep: float = 0.22  # steepness of the top of the foot

    # sole and heel
    sole: float = 0.03  # thickness under the toe
    platform: float = 0.0  # additional thickness of the whole sole
    heel_height: float = 0.03
    heel_shape: str = "flat"  # flat, wedge, block, stacked, cuban, cone, stiletto, spool, flare
    heel_length: float = 0.26
    heel_tip: float = 0.8  # length of the heel on the ground, as a share of its length on top
    sole_style: str = "plain"  # plain, welt, foxing, cup, runner, tread, rope, cork
    sole_edge: float = 0.012  # by which the sole is wider than the upper
    toe_spring: float = 0.03  # height of the toe above the ground

    # upper edge of the shoe
    throat: float = 0.45  # distance from the toe at which the opening begins
    throat_rise: float = 0.0  # height of the throat above the foot
    side_height: float = 0.16  # of the edge above the foot bed, at the side
    back_height: float = 0.22  # of the edge above the foot bed, at the heel
    opening: float = 0.10  # half the width of the opening
    opening_shape: float = 0.7  # exponent of the opening's outline: 0.4 = square, 1 = pointed
    back_lean: float = 0.04  # by which the back leans forward over the heel
    shaft: float = 0.0  # height of the shaft above the ankle, 0 = no shaft
    shaft_width: float = 0.36
    shaft_flare: float = 0.0  # widening towards the top
    shaft_slope: float = 0.0  # by which the front of the shaft is higher than its back
    shaft_dip: float = 0.0  # depth of the curve in the top edge of the shaft

    # the pattern pieces
    cover: str = "closed"  # closed, mule, slingback, dorsay, open (straps only)
    peep: float = 0.0  # station up to which the toe is open, 0 = closed
    straps: tuple[Strap, ...] = ()
    bar: float = 0.0  # station of a strap across the opening, 0 = no strap
    bar_width: float = 0.035
    cap: str = "none"  # none, straight, wing, rubber, mudguard
    cap_at: float = 0.18  # station at which the toe cap ends
    counter: float = 0.0  # length of the piece around the heel, 0 = none
    counter_height: float = 0.8
    quarter: float = 0.0  # station of the seam between vamp and quarter, 0 = none
    quarter_lean: float = 0.1  # slant of that seam
    eyestay: float = 0.0  # width of the piece that carries the eyelets, 0 = none
    laces: int = 0  # rows of laces
    lace_style: str = "bars"  # bars, cross
    bow: bool = True  # the laces end in a bow
    tongue: float = 0.0  # length of the tongue above the throat
    stripes: int = 0  # number of stripes on the side
    stripe_style: str = "slant"  # slant, check, chevron, wave, letter, star, patch
    apron: float = 0.0  # depth of the U-shaped seam of a moccasin, 0 = none
    saddle: str = "none"  # none, penny, bit, tassel, strap
    gore: float = 0.0  # width of an elastic side piece, 0 = none
    zip: str = "none"  # none, side, slant, front
    belts: tuple[float, ...] = ()  # heights of horizontal straps around the shaft or ankle
    belt_width: float = 0.05
    velcro: int = 0  # number of hook-and-loop straps
    collar: str = "plain"  # plain, band, padded, fur, scallop, cuff
    collar_width: float = 0.0
    pull_tab: float = 0.0  # size of the loop at the back, 0 = none
    ornament: str = "none"  # none, bow, flower, buckle, button, pompon, stones
    ornament_size: float = 0.1
    brogue: bool = False  # rows of punched holes along the seams
    stitched: bool = False  # visible stitches along the seams
    studs: bool = False

    # material and colours
    material: str = "leather"  # leather, patent, suede, canvas, metallic, knit
    pattern: str = "plain"  # plain, dots, stripes, check, leopard, snake, flowers, quilt, weave
    upper: Colour = (120, 80, 50)
    accent: Colour = (90, 60, 40)
    trim: Colour = (60, 45, 35)
    lining: Colour = (200, 180, 150)
    sole_colour: Colour = (40, 35, 30)
    heel_colour: Colour = (40, 35, 30)
    lace_colour: Colour = (230, 230, 225)
    metal: Colour = (200, 185, 140)
    pattern_seed: int = 0  # of the random print
    view: tuple[float, float] = (25.0, 19.0)  # azimuth and elevation of the camera, degrees
