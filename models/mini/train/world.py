"""The sticker world in words: its things, what they can be like, where they can be, and how a caption says so."""

# A thing's name, and after a colon the label of its drawing where that differs.
_THINGS = """
dog, cat, rabbit, fox, bear, panda, pig, horse, elephant, tiger: tiger face, lion, monkey, frog, penguin, owl, duck,
turtle, fish: tropical fish, whale: spouting whale, octopus, butterfly, bee: honeybee, koala, ladybug: lady beetle,
tree: deciduous tree, pine tree: evergreen tree, palm tree, cactus, tulip, rose, sunflower, flower: cherry blossom,
mushroom, red apple, green apple, orange: tangerine, lemon, banana, watermelon, grapes, strawberry, pineapple, carrot,
egg, cheese: cheese wedge, pizza, hamburger, cake: birthday cake, cookie, doughnut, ice cream: soft ice cream,
cup of coffee: hot beverage, glass of milk, glass of beer: beer mug, car: automobile, bus, train: locomotive, airplane,
rocket, sailboat, tractor, soccer ball, basketball, guitar, clock: alarm clock, umbrella, gift: wrapped gift, balloon,
top hat, teddy bear, house, castle, tent, snowman: snowman without snow, fire, star, crown, robot, ghost,
pumpkin: jack-o-lantern
"""
LABELS = {}
for _entry in _THINGS.replace("\n", " ").split(", "):
    _name, _, _label = _entry.strip().partition(": ")
    LABELS[_name] = _label or _name
NAMES = list(LABELS)

# Small things that a host can be full of: "a tree with many flowers".
PARTS = ["flower", "red apple", "green apple", "orange", "lemon", "star", "balloon", "strawberry", "rose"]
HOSTS = ["tree", "pine tree", "palm tree", "cactus", "house", "castle", "cake", "elephant", "bear", "tent"]

# Hues in degrees, and the things that are drawn in them.
TINTS = {"red": 0, "yellow": 50, "green": 120, "blue": 215, "purple": 275, "pink": 325}
TINTABLE = ["car", "house", "balloon", "umbrella", "gift", "tulip", "rose", "bus", "fish", "sailboat", "teddy bear"]

# What a caption calls a background. An empty phrase: the caption does not say.
PLACES = {
    "grass": ["on the grass", "in a green field", "in a meadow"],
    "beach": ["at the beach", "on the sand"],
    "snow": ["in the snow", "on the snow"],
    "night": ["at night", "under the night sky"],
    "desert": ["in the desert"],
    "table": ["on a table", "on a wooden table"],
    "sea": ["in the sea", "on the water"],
    "plain": ["", "on a plain background"],
    "texture": [""],
}

_PLURALS = {
    "fish": "fish", "grapes": "grapes", "cactus": "cacti", "octopus": "octopuses", "strawberry": "strawberries",
    "butterfly": "butterflies", "cup of coffee": "cups of coffee", "glass of milk": "glasses of milk",
    "glass of beer": "glasses of beer", "bus": "buses", "fox": "foxes", "snowman": "snowmen",
}


def article(name):
    """The name with its indefinite article: "an owl", "grapes"."""
    if name == "grapes":
        return name
    return ("an " if name[0] in "aeiou" else "a ") + name


def plural(name):
    return _PLURALS.get(name, name + "s")


def with_parts(host, part, size=""):
    """ "a big tree with many flowers" for host "tree", part "flower", size "big "."""
    return f"{article(size + host)} with many {plural(part)}"


def two(name):
    return "two " + plural(name)


def words():
    """Every word that a caption can hold, sorted: what a person may write without a warning."""
    texts = [two(name) for name in NAMES] + [article(name) for name in NAMES] + list(TINTS)
    texts += [phrase for phrases in PLACES.values() for phrase in phrases]
    texts += [with_parts(host, part) for host in HOSTS for part in PARTS]
    texts += ["big small an empty place and"]
    return sorted({word for text in texts for word in text.split()})
