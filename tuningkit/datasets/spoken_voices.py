"""Who speaks the digits: voices of espeak-ng, and which part of the data each of them belongs to.

A voice is a *variant* of espeak-ng: another vocal tract, pitch and manner. All 101 variants of espeak-ng 1.51 were
compared by their spectra. Left out are those that sound the same as another (klatt6 as klatt), that whisper, or
that draw words out beyond the window or cut them short. Relatives, which share a name or nearly a spectrum, stay in
one part: knowing one of them would help to understand the next, as if the voice itself had leaked.
"""

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

ACCENTS = (
    "en",  # British; the name "en-gb" would make espeak-ng 1.51 ignore the voice
    "en-us",
    "en-gb-scotland",
    "en-gb-x-gbclan",
    "en-gb-x-rp",
    "en-gb-x-gbcwmd",
    "en-029",
    "en-us-nyc",
)

# Each text is a family, its members between slashes; they never part.
FAMILIES = {
    "train": (
        "Alex",
        "Alicia",
        "Andy/AnxiousAndy",
        "Annie",
        "Diogo/Hugo",
        "Gene",
        "Lee",
        "Mario",
        "Michael",
        "Nguyen",
        "Tweaky",
        "aunty",
        "belinda",
        "croak/m6",
        "david",
        "f1",
        "f2/f5",
        "gustave/marcelo",
        "iven/iven4",
        "john",
        "kaukovalta",
        "klatt/klatt2/klatt3/klatt5/benjamin/edward/edward2",
        "m1",
        "m2",
        "m4",
        "max",
        "michel/miguel",
        "robosoft/robosoft2/robosoft3/robosoft5/robosoft6/robosoft7/robosoft8",
        "sandro",
        "travis",
    ),
    "validation": (
        "Andrea",
        "Denis",
        "Jacky",
        "Mike",
        "UniRobot",
        "ed",
        "f4",
        "grandma",
        "linda",
        "m3",
        "norbert",
        "paul",
        "quincy/rob",
        "shelby",
    ),
    "test": (
        "Demonic",
        "Mr serious",
        "Storm",
        "anika",
        "announcer",
        "antonio",
        "boris",
        "f3",
        "m5",
        "m7",
        "m8",
        "pablo",
        "pedro",
        "steph",
        "victor",
        "zac",
    ),
}


def voices_of(part: str) -> tuple[str, ...]:
    """The voices of one part, in order.

    Args:
        part: "train", "validation" or "test".

    Returns:
        Names of espeak-ng's variants.

    Example:
        >>> voices_of("test")[:3]
        ('Demonic', 'Mr serious', 'Storm')
    """
    return tuple(voice for family in FAMILIES[part] for voice in family.split("/"))
