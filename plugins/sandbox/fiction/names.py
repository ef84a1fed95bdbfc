"""What people, streets and towns are called here: lists of our own making, in the languages of NL and BE."""

from __future__ import annotations

from typing import NamedTuple


class GivenName(NamedTuple):
    """The name on a passport, what friends say, and m or f."""

    official: str
    called: str
    gender: str


def _given(gender: str, text: str) -> list[GivenName]:
    pairs = (name.split("/") for name in text.split())
    return [GivenName(pair[0], pair[-1], gender) for pair in pairs]


DUTCH_GIVEN = [
    *_given(
        "M",
        "Johannes/Jan Johannes/Hans Johannes/Joop Cornelis/Kees Wilhelmus/Wim Petrus/Piet Hendrik/Henk "
        "Jacobus/Koos Antonius/Ton Gerardus/Gerrit Franciscus/Frans Adrianus/Arjan Nicolaas/Klaas "
        "Theodorus/Theo Matthijs/Thijs Bartholomeus/Bart Maarten Robertus/Rob Jeroen Sander Daan Lucas/Luuk "
        "Ruben Bram Sven Tim Niels Stijn Wouter Jurriaan Floris Mohammed Youssef/Joes Emre Gijsbertus/Gijs "
        "Laurens/Lau Dirk Michael/Michiel Alexander/Lex",
    ),
    *_given(
        "F",
        "Johanna/Joke Johanna/Hanneke Cornelia/Corrie Wilhelmina/Willy Petronella/Nel Hendrika/Riek Jacoba/Coby "
        "Maria/Ria Maria/Marijke Elisabeth/Els Elisabeth/Betty Catharina/Tineke Margaretha/Greet Adriana/Jeanne "
        "Theodora/Dorien Geertruida/Truus Anna/Anneke Sophie Lotte Sanne Femke Fleur Eva Iris Roos Noor Esra "
        "Fatima Hilde Marleen Ingrid Saskia Annelies/Lies Katrijn Veerle Griet Leen Tessa Yvonne/Von "
        "Christina/Stien",
    ),
]
FRENCH_GIVEN = [
    *_given(
        "M", "Jean-Pierre/JP Philippe Luc Benoît Frédéric/Fred Christophe/Chris Étienne Mathieu Loïc Hugo Maxime/Max"
    ),
    *_given(
        "F", "Marie Isabelle/Isa Nathalie Céline Aurélie Sylvie Françoise Émilie Chloé Camille Élise Véronique/Véro"
    ),
]


class Surname(NamedTuple):
    """A surname and its tussenvoegsel, such as `van den`."""

    infix: str
    core: str

    def __str__(self) -> str:
        return f"{self.infix} {self.core}".strip()


def _surnames(text: str) -> list[Surname]:
    parts = (name.strip().rpartition(" ") for name in text.split(","))
    return [Surname(infix, core) for infix, _, core in parts]


DUTCH_SURNAMES = _surnames(
    "Jansen, de Vries, van den Berg, Bakker, van Dijk, Visser, Smit, Meijer, de Boer, Mulder, de Groot, Bos, "
    "Vos, Peters, Hendriks, van Leeuwen, Dekker, Brouwer, de Wit, Dijkstra, Smits, de Graaf, van der Meer, van "
    "der Linden, Kok, Jacobs, de Haan, Vermeulen, van den Heuvel, van der Veen, van den Broek, de Bruijn, van "
    "der Heijden, Schouten, van Beek, Willems, van Vliet, Hoekstra, Maas, Verhoeven, Koster, van Dam, Prins, "
    "Blom, Huisman, Peeters, Kuipers, van Veen, Kuiper, Veenstra, Kramer, van den Brink, Scholten, van Wijk, "
    "Postma, Martens, Bosch, van der Wal, Vink, Driessen, Yilmaz, El Amrani, Bouzid, Özdemir, Nowak, Sluijter, "
    "ter Horst, ten Brinke, in 't Veld, op den Camp, Tuinman, Zandstra, Winkelaar, Oudenhoven, Berghuis, "
    "Moerman, Lindeboom, Waterdrinker, Kerkhof, Roelofs, Steenwijk"
)
FLEMISH_SURNAMES = _surnames(
    "Janssens, Maes, Mertens, Claes, Goossens, Wouters, De Smet, De Clercq, Van Damme, Van de Velde, "
    "Vandenberghe, Van den Bossche, Hermans, Aerts, Michiels, Vermeersch, De Backer, Lemmens, Verstraete, "
    "Desmet, Van Hecke, Pauwels, Cools, Segers, De Wilde, Lambrecht, Vercammen, Baert, Coppens, Van Acker, "
    "Bogaerts, Verlinden, D'Hondt, Peeters"
)
FRENCH_SURNAMES = _surnames(
    "Dubois, Lambert, Dupont, Martin, Simon, Laurent, Leclercq, Lejeune, Renard, Gérard, François, Noël, "
    "Delvaux, Mathieu"
)


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


DUTCH_STREETS = _listed(
    "Dorpsstraat, Kerkstraat, Schoolstraat, Molenweg, Beukenlaan, Eikenlaan, Lindenlaan, Kastanjehof, "
    "Stationsweg, Zeedijk, Wilgenpad, Vlierstraat, Goudsbloemstraat, Oude Haven, Nieuwe Gracht, Korenmarkt, "
    "Lange Nering, Sparrenweg, Reigerstraat, Merelhof, Leeuweriklaan, Burgemeester Tuinmanstraat, Prins "
    "Willemplein, Touwslagerspad, Zilverschoon, Hoefsmidstraat, Turfkade, Bleekveld, Achter de Kerk, Tweede "
    "Dwarsweg"
)

FLEMISH_STREETS = _listed(
    "Kerkstraat, Stationsstraat, Nieuwstraat, Molenstraat, Veldstraat, Kapelstraat, Bosstraat, Kouterbaan, "
    "Steenweg op Zande, Heirbaan, Meersstraat, Dries, Lindelaan, Populierendreef, Begijnenhof, Vlasmarkt, "
    "Leiekaai, Hopland, Kasteeldreef"
)
FRENCH_STREETS = _listed(
    "Rue du Moulin, Rue de l'Église, Avenue des Tilleuls, Chaussée du Bois, Place du Marché, Rue des Écoles, "
    "Clos des Cerisiers"
)


class Town(NamedTuple):
    """A town: its name, the digits its postcodes begin with, country and language."""

    name: str
    postcode: str
    country: str
    language: str


def _towns(country: str, language: str, text: str) -> list[Town]:
    pairs = (town.strip().rpartition(" ") for town in text.split(","))
    return [Town(name, postcode, country, language) for name, _, postcode in pairs]


TOWNS = [
    *_towns(
        "NL", "NL",
        "Amsterdam 10, Utrecht 35, Rotterdam 30, Den Haag 25, Leiden 23, Haarlem 20, Eindhoven 56, Breda 48, "
        "Tilburg 50, 's-Hertogenbosch 52, Nijmegen 65, Arnhem 68, Zwolle 80, Groningen 97, Leeuwarden 89, "
        "Enschede 75, Maastricht 62, Middelburg 43, Alkmaar 18, Amersfoort 38, Hoorn 16, Deventer 74, "
        "Roosendaal 47, Venlo 59",
    ),
    *_towns(
        "BE", "NL",
        "Antwerpen 2000, Gent 9000, Brugge 8000, Leuven 3000, Mechelen 2800, Hasselt 3500, Kortrijk 8500, Aalst "
        "9300, Turnhout 2300, Oostende 8400, Sint-Niklaas 9100, Genk 3600",
    ),
    *_towns("BE", "FR", "Bruxelles 1000, Namur 5000, Liège 4000, Wavre 1300"),
]  # fmt: skip
