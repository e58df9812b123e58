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
pumpkin: jack-o-lantern,
dinosaur: t-rex, dragon, unicorn, giraffe, cow, chicken, parrot, flamingo, crab, snail, dolphin, shark, sun: sun with face,
moon: crescent moon, rainbow, heart: red heart, light bulb, trophy, cherries, pear, teapot, lollipop, bicycle, helicopter
"""
LABELS = {}
for _entry in _THINGS.replace("\n", " ").split(", "):
    _name, _, _label = _entry.strip().partition(": ")
    LABELS[_name] = _label or _name
NAMES = list(LABELS)

# Small things that a host can be full of: "a tree with many flowers".
PARTS = [
    "flower", "red apple", "green apple", "orange", "lemon", "star", "balloon", "strawberry", "rose", "heart", "butterfly",
]
HOSTS = [
    "tree", "pine tree", "palm tree", "cactus", "house", "castle", "cake", "elephant", "bear", "tent", "snowman",
    "dinosaur", "top hat", "teddy bear", "whale", "car",
]
# How many of a thing a caption can count.
COUNTS = {"two": 2, "three": 3}

# Hues in degrees, and the things that are drawn in them.
TINTS = {"red": 0, "yellow": 50, "green": 120, "blue": 215, "purple": 275, "pink": 325}
TINTABLE = [
    "car", "house", "balloon", "umbrella", "gift", "tulip", "rose", "bus", "fish", "sailboat", "teddy bear", "butterfly",
    "mushroom", "star", "heart", "top hat", "guitar", "tractor", "train", "rocket", "tent", "robot", "dragon", "dinosaur",
    "octopus", "crab", "bicycle", "helicopter", "teapot", "crown",
]

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
    "shapes": [""],
}

_PLURALS = {
    "fish": "fish", "grapes": "grapes", "cactus": "cacti", "octopus": "octopuses", "strawberry": "strawberries",
    "butterfly": "butterflies", "cup of coffee": "cups of coffee", "glass of milk": "glasses of milk",
    "glass of beer": "glasses of beer", "bus": "buses", "fox": "foxes", "snowman": "snowmen", "cherries": "cherries",
}


def article(name):
    """The name with its indefinite article: "an owl", "grapes", "a unicorn"."""
    if name.split()[-1] in ("grapes", "cherries"):
        return name
    return ("an " if name[0] in "aeiou" and not name.startswith("uni") else "a ") + name


def plural(name):
    return _PLURALS.get(name, name + "s")


def with_parts(host, part, size=""):
    """ "a big tree with many flowers" for host "tree", part "flower", size "big "."""
    return f"{article(size + host)} with many {plural(part)}"


def counted(name, count):
    """ "two dogs" for "dog" and a word of COUNTS."""
    return f"{count} {plural(name)}"


def words():
    """Every word that a caption can hold, sorted: what a person may write without a warning."""
    texts = [counted(name, count) for name in NAMES for count in COUNTS] + [article(name) for name in NAMES] + list(TINTS)
    texts += [phrase for phrases in PLACES.values() for phrase in phrases]
    texts += [with_parts(host, part) for host in HOSTS for part in PARTS]
    texts += ["big small an empty place and"]
    return sorted({word for text in texts for word in text.split()})


# Words that people use for what the world knows by another: written to the pack as synonyms.txt.
_SYNONYMS = """
dog: puppy, hound, doggy, poodle, beagle, terrier, retriever, dachshund, corgi, mutt
dogs: puppies, hounds
cat: kitten, kitty, tabby, pussycat
cats: kittens, kitties
rabbit: bunny, hare
rabbits: bunnies, hares
bear: grizzly, cub
pig: piglet, hog, swine, boar
horse: pony, stallion, mare, foal, donkey, mule, zebra
cow: bull, ox, calf, cattle, buffalo, bison
chicken: hen, rooster, cockerel
dinosaur: dino, tyrannosaurus, raptor
dragon: wyvern, drake
giraffe: okapi
parrot: bird, macaw, budgie, cockatoo
flamingo: heron, crane, stork
crab: lobster, shrimp
snail: slug
dolphin: porpoise
sun: sunshine
moon: crescent
heart: love, valentine
trophy: award, medal
teapot: kettle
lollipop: candy, sweet
bicycle: bike, cycle
helicopter: chopper
light bulb: bulb, lamp, lantern
horses: ponies
elephant: mammoth
tiger: leopard, jaguar, panther, cheetah
lion: lioness
monkey: ape, chimp, chimpanzee, gorilla
monkeys: apes, chimps
frog: toad
duck: duckling, goose, swan
ducks: ducklings, geese, swans
owl: eagle, hawk, falcon
turtle: tortoise
fish: goldfish, trout, salmon, tuna, carp
whale: orca
octopus: squid, jellyfish
butterfly: moth
butterflies: moths
bee: wasp, bumblebee, hornet
bees: wasps, bumblebees
ladybug: ladybird, beetle, bug
tree: oak, maple, birch, willow
trees: oaks, maples
pine tree: pine, fir, spruce, conifer
palm tree: palm, coconut
cactus: succulent
tulip: lily, crocus
flower: blossom, daisy, bloom, orchid
flowers: blossoms, daisies, blooms, orchids
mushroom: toadstool, fungus
mushrooms: toadstools
pear: quince
orange: tangerine, mandarin, clementine
watermelon: melon
cherries: cherry
grapes: grape
ice cream: icecream, gelato, sundae
cake: gateau, cupcake, muffin, pie
cakes: cupcakes, muffins, pies
cookie: biscuit
cookies: biscuits
doughnut: donut, bagel
doughnuts: donuts, bagels
hamburger: burger, cheeseburger, sandwich
hamburgers: burgers, cheeseburgers
cup of coffee: coffee cup, coffee, tea, espresso, cappuccino, mug
glass of milk: milk
glass of beer: beer, ale, lager, pint
car: automobile, taxi, cab, jeep, limousine, van, sedan
cars: automobiles, taxis, cabs, vans
bus: coach, minibus
train: locomotive, tram
airplane: plane, aeroplane, jet, aircraft
airplanes: planes, aeroplanes, jets
rocket: spaceship, spacecraft, shuttle
sailboat: boat, ship, yacht
sailboats: boats, ships, yachts
tractor: bulldozer
soccer ball: football
clock: alarm, watch
umbrella: parasol
umbrellas: parasols
gift: present, parcel, package
gifts: presents, parcels
top hat: hat, cap
teddy bear: teddy, plush
house: home, cottage, hut, cabin, building
houses: homes, cottages, huts, cabins
castle: palace, fortress, fort
castles: palaces
fire: flame, flames, campfire, bonfire
crown: tiara
robot: android
ghost: spirit, phantom, spook
ghosts: spirits, phantoms
big: large, huge, giant, great, enormous, tall
small: little, tiny, mini, wee
red: scarlet, crimson
yellow: golden, gold
purple: violet, lilac
pink: rose-colored, magenta
blue: navy, azure, turquoise
many: lots, several, plenty
two: 2, both, couple, pair
three: 3, trio
beach: seaside, shore, coast
meadow: lawn, pasture
sea: ocean
snow: ice
"""


def synonyms():
    """(word, known words) pairs: each word once, none that captions already hold, so that a fallback is needed."""
    known, pairs = set(words()), {}
    for line in _SYNONYMS.strip().split("\n"):
        wanted, _, others = line.partition(": ")
        for other in others.split(", "):
            if other not in known and " " not in other and "-" not in other:
                pairs.setdefault(other, wanted)
    return sorted(pairs.items())
