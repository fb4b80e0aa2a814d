"""The 345 categories of Quick, Draw!"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from sketchnet.utils.errors import InputError

_WORDS = """
aircraft carrier, airplane, alarm clock, ambulance, angel, animal migration, ant, anvil, apple,
arm, asparagus, axe, backpack, banana, bandage, barn, baseball, baseball bat, basket,
basketball, bat, bathtub, beach, bear, beard, bed, bee, belt, bench, bicycle, binoculars, bird,
birthday cake, blackberry, blueberry, book, boomerang, bottlecap, bowtie, bracelet, brain,
bread, bridge, broccoli, broom, bucket, bulldozer, bus, bush, butterfly, cactus, cake,
calculator, calendar, camel, camera, camouflage, campfire, candle, cannon, canoe, car, carrot,
castle, cat, ceiling fan, cell phone, cello, chair, chandelier, church, circle, clarinet, clock,
cloud, coffee cup, compass, computer, cookie, cooler, couch, cow, crab, crayon, crocodile,
crown, cruise ship, cup, diamond, dishwasher, diving board, dog, dolphin, donut, door, dragon,
dresser, drill, drums, duck, dumbbell, ear, elbow, elephant, envelope, eraser, eye, eyeglasses,
face, fan, feather, fence, finger, fire hydrant, fireplace, firetruck, fish, flamingo,
flashlight, flip flops, floor lamp, flower, flying saucer, foot, fork, frog, frying pan, garden,
garden hose, giraffe, goatee, golf club, grapes, grass, guitar, hamburger, hammer, hand, harp,
hat, headphones, hedgehog, helicopter, helmet, hexagon, hockey puck, hockey stick, horse,
hospital, hot air balloon, hot dog, hot tub, hourglass, house, house plant, hurricane, ice
cream, jacket, jail, kangaroo, key, keyboard, knee, knife, ladder, lantern, laptop, leaf, leg,
light bulb, lighter, lighthouse, lightning, line, lion, lipstick, lobster, lollipop, mailbox,
map, marker, matches, megaphone, mermaid, microphone, microwave, monkey, moon, mosquito,
motorbike, mountain, mouse, moustache, mouth, mug, mushroom, nail, necklace, nose, ocean,
octagon, octopus, onion, oven, owl, paint can, paintbrush, palm tree, panda, pants, paper clip,
parachute, parrot, passport, peanut, pear, peas, pencil, penguin, piano, pickup truck, picture
frame, pig, pillow, pineapple, pizza, pliers, police car, pond, pool, popsicle, postcard,
potato, power outlet, purse, rabbit, raccoon, radio, rain, rainbow, rake, remote control,
rhinoceros, rifle, river, roller coaster, rollerskates, sailboat, sandwich, saw, saxophone,
school bus, scissors, scorpion, screwdriver, sea turtle, see saw, shark, sheep, shoe, shorts,
shovel, sink, skateboard, skull, skyscraper, sleeping bag, smiley face, snail, snake, snorkel,
snowflake, snowman, soccer ball, sock, speedboat, spider, spoon, spreadsheet, square, squiggle,
squirrel, stairs, star, steak, stereo, stethoscope, stitches, stop sign, stove, strawberry,
streetlight, string bean, submarine, suitcase, sun, swan, sweater, swing set, sword, syringe,
t-shirt, table, teapot, teddy-bear, telephone, television, tennis racquet, tent, The Eiffel
Tower, The Great Wall of China, The Mona Lisa, tiger, toaster, toe, toilet, tooth, toothbrush,
toothpaste, tornado, tractor, traffic light, train, tree, triangle, trombone, truck, trumpet,
umbrella, underwear, van, vase, violin, washing machine, watermelon, waterslide, whale, wheel,
windmill, wine bottle, wine glass, wristwatch, yoga, zebra, zigzag
"""

CATEGORIES: tuple[str, ...] = tuple(word.strip() for word in _WORDS.replace("\n", " ").split(","))

DEFAULT_CATEGORIES = (
    "apple", "pear", "blackberry", "grapes", "banana",
    "bus", "van", "truck", "airplane", "helicopter",
)  # fmt: skip

# Drawn with letters or digits, which augmentation must not mirror.
NEVER_MIRRORED = frozenset(
    {"alarm clock", "calculator", "calendar", "clock", "keyboard", "stop sign", "wristwatch"}
)

_BY_PLAIN_NAME = {"".join(filter(str.isalnum, word.lower())): word for word in CATEGORIES}


def official_category(name: str) -> str | None:
    """The official spelling of a category, or None: "Flip_Flops" is "flip flops"."""
    return _BY_PLAIN_NAME.get("".join(filter(str.isalnum, name.lower())))


def official_categories(names: Iterable[str]) -> tuple[str, ...]:
    """The official spellings, each once.

    Raises: InputError for another word, with the categories of the most similar spelling.
    """
    found = []
    for name in names:
        word = official_category(name)
        if word is None:
            near = difflib.get_close_matches(name.lower(), CATEGORIES, n=3, cutoff=0.5)
            hint = f"perhaps {' or '.join(near)}" if near else "see CATEGORIES for the list"
            raise InputError(
                f"one of the {len(CATEGORIES)} Quick, Draw! categories", f"{name!r}", hint
            )
        found.append(word)
    return tuple(dict.fromkeys(found))
