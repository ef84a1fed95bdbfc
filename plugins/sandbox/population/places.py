"""Towns with their postcodes and weight, and what streets are called: real towns, streets of our own making."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from plugins.sandbox.population.wording import listed, words


class Town(NamedTuple):
    """A town: its name, its first postcodes, how many thousands live there, the area code, country and language."""

    name: str
    postcode: int
    postcodes: int
    people: int
    area: str
    country: str
    language: str


def _towns(country: str, language: str, text: str) -> list[Town]:
    rows = (town.split() for town in text.split(","))
    return [
        Town(" ".join(row[:-4]), int(row[-4]), int(row[-3]), int(row[-2]), row[-1], country, language) for row in rows
    ]


TOWNS = [
    *_towns(
        "NL", "nl",
        "Amsterdam 1011 98 870 020, Rotterdam 3011 88 650 010, Den Haag 2491 105 550 070, Utrecht 3511 75 360 030, "
        "Eindhoven 5611 45 235 040, Groningen 9711 36 233 050, Tilburg 5011 38 220 013, Almere 1311 48 215 036, Breda "
        "4811 26 184 076, Nijmegen 6511 35 177 024, Apeldoorn 7311 34 164 055, Haarlem 2011 26 162 023, Arnhem 6811 "
        "35 162 026, Enschede 7511 38 160 053, Amersfoort 3811 18 157 033, Zaandam 1501 9 156 075, 's-Hertogenbosch "
        "5211 37 155 073, Haarlemmermeer 2131 5 155 023, Zwolle 8011 32 130 038, Zoetermeer 2711 27 125 079, Leiden "
        "2311 24 124 071, Leeuwarden 8911 31 123 058, Maastricht 6211 19 122 043, Dordrecht 3311 18 119 078, Ede 6711 "
        "8 118 0318, Alphen aan den Rijn 2401 9 112 0172, Alkmaar 1811 18 109 072, Emmen 7811 16 107 0591, Delft 2611 "
        "18 104 015, Venlo 5911 18 102 077, Deventer 7411 21 101 0570, Hilversum 1211 12 91 035, Oss 5341 12 92 0412, "
        "Sittard 6131 7 92 046, Roosendaal 4701 7 77 0165, Hoorn 1621 7 73 0229, Heerlen 6411 9 87 045, Helmond 5701 "
        "8 92 0492, Purmerend 1441 8 81 0299, Gouda 2801 8 73 0182, Middelburg 4331 8 49 0118, Vlissingen 4381 8 45 "
        "0118, Kampen 8261 5 54 038, Assen 9401 8 68 0592, Hengelo 7551 9 81 074, Almelo 7601 9 73 0546, Bergen op "
        "Zoom 4611 14 67 0164, Veenendaal 3901 7 66 0318, Doetinchem 7001 9 57 0314, Zeist 3701 8 65 030, Nieuwegein "
        "3431 7 63 030, Harderwijk 3841 5 48 0341, Roermond 6041 5 58 0475, Weert 6001 6 50 0495, Tiel 4001 5 42 "
        "0344, Heerenveen 8441 8 50 0513, Sneek 8601 7 34 0515, Drachten 9201 7 45 0512, Hoogeveen 7901 9 55 0528, "
        "Meppel 7941 5 34 0522, Woerden 3441 7 52 0348, Houten 3991 5 50 030, Barneveld 3771 5 59 0342, Waalwijk 5141 "
        "5 48 0416, Uden 5401 6 42 0413, Veghel 5461 5 38 0413, Goes 4461 5 38 0113, Terneuzen 4531 5 54 0115, "
        "Katwijk 2221 6 65 071, Lisse 2161 3 23 0252, Den Helder 1781 8 56 0223, Heerhugowaard 1701 6 58 072, "
        "Castricum 1901 3 36 0251, Velp 6881 3 18 026, Wageningen 6701 6 39 0317, Culemborg 4101 5 29 0345, Gorinchem "
        "4201 7 38 0183, Naaldwijk 2671 3 20 0174, Vlaardingen 3131 7 73 010, Schiedam 3111 9 78 010, Spijkenisse "
        "3201 8 72 0181, Ridderkerk 2981 6 46 0180, Oosterhout 4901 7 55 0162, Valkenswaard 5551 5 31 040, Winschoten "
        "9671 4 18 0597, Delfzijl 9931 5 24 0596, Stadskanaal 9501 4 32 0599, Winterswijk 7101 4 29 0543, Zutphen "
        "7201 7 47 0575, Raalte 8101 3 37 0572, Dronten 8251 4 41 0321, Lelystad 8211 20 79 0320, Emmeloord 8301 4 26 "
        "0527, Nunspeet 8071 3 27 0341, Baarn 3741 3 24 035",
    ),
    *_towns(
        "BE", "nl",
        "Antwerpen 2000 1 190 03, Berchem 2600 1 43 03, Borgerhout 2140 1 46 03, Deurne 2100 1 80 03, Merksem 2170 1 "
        "45 03, Wilrijk 2610 1 42 03, Hoboken 2660 1 40 03, Ekeren 2180 1 26 03, Gent 9000 1 130 09, Gentbrugge 9050 "
        "1 30 09, Mariakerke 9030 1 19 09, Sint-Amandsberg 9040 1 36 09, Brugge 8000 1 60 050, Sint-Kruis 8310 1 25 "
        "050, Leuven 3000 1 50 016, Heverlee 3001 1 25 016, Kessel-Lo 3010 1 30 016, Mechelen 2800 1 87 015, Aalst "
        "9300 1 88 053, Sint-Niklaas 9100 1 79 03, Kortrijk 8500 1 78 056, Hasselt 3500 1 80 011, Genk 3600 1 66 089, "
        "Oostende 8400 1 72 059, Roeselare 8800 1 64 051, Turnhout 2300 1 46 014, Dendermonde 9200 1 46 052, Beveren "
        "9120 1 49 03, Lokeren 9160 1 42 09, Vilvoorde 1800 1 46 02, Lier 2500 1 37 03, Geel 2440 1 41 014, Mol 2400 "
        "1 37 014, Herentals 2200 1 29 014, Diest 3290 1 24 013, Tienen 3300 1 36 016, Waregem 8790 1 39 056, Ieper "
        "8900 1 35 057, Tongeren 3700 1 31 012, Sint-Truiden 3800 1 41 011, Bilzen 3740 1 32 089, Lommel 3920 1 35 "
        "011, Maasmechelen 3630 1 39 089, Knokke-Heist 8300 1 33 050, Ninove 9400 1 39 054, Oudenaarde 9700 1 32 055, "
        "Zottegem 9620 1 27 09, Halle 1500 1 41 02, Dilbeek 1700 1 43 02, Brasschaat 2930 1 38 03, Schoten 2900 1 34 "
        "03, Mortsel 2640 1 26 03, Boom 2850 1 19 03, Wetteren 9230 1 26 09, Deinze 9800 1 44 09, Izegem 8870 1 28 "
        "051",
    ),
    *_towns(
        "BE", "fr",
        "Bruxelles 1000 1 185 02, Schaerbeek 1030 1 130 02, Anderlecht 1070 1 122 02, Ixelles 1050 1 88 02, Uccle "
        "1180 1 85 02, Liège 4000 1 120 04, Namur 5000 1 60 081, Charleroi 6000 1 70 071, Mons 7000 1 60 065, Tournai "
        "7500 1 50 069, Wavre 1300 1 35 010, Verviers 4800 1 55 087, Nivelles 1400 1 29 067, Seraing 4100 1 64 04, La "
        "Louvière 7100 1 60 064, Mouscron 7700 1 59 056, Arlon 6700 1 30 063, Dinant 5500 1 14 082",
    ),
]  # fmt: skip

OTHER_NAMES = {
    "Den Haag": "'s-Gravenhage", "'s-Hertogenbosch": "Den Bosch", "Bruxelles": "Brussel", "Liège": "Luik",
    "Namur": "Namen", "Antwerpen": "Anvers", "Gent": "Gand", "Mons": "Bergen", "Tournai": "Doornik",
    "Kortrijk": "Courtrai", "Leuven": "Louvain", "Schaerbeek": "Schaarbeek", "Ixelles": "Elsene", "Uccle": "Ukkel",
    "Mechelen": "Malines", "Brugge": "Bruges", "Alphen aan den Rijn": "Alphen a/d Rijn",
    "Bergen op Zoom": "Bergen o Zoom", "Zaandam": "Zaanstad", "Knokke-Heist": "Knokke",
    "Haarlemmermeer": "Hoofddorp", "Sint-Niklaas": "St-Niklaas", "Sint-Truiden": "St. Truiden",
    "Sint-Amandsberg": "Gent", "Deurne": "Antwerpen", "Berchem": "Antwerpen", "Heverlee": "Leuven",
    "Mariakerke": "Gent", "Kessel-Lo": "Leuven",
}  # fmt: skip

NL_STEMS = words(
    "Beuken Eiken Linden Kastanje Wilgen Populieren Sparren Dennen Elzen Iepen Rozen Tulpen Narcissen Dahlia Viool "
    "Anjer Goudsbloem Klaproos Lavendel Vlier Merel Lijster Spreeuwen Reiger Zwaluw Leeuwerik Nachtegaal Koekoek "
    "Uilen Valken Kerk School Molen Station Markt Dorps Nieuw Oude Lange Korte Hoge Lage Tuin Park Bos Hei Duin Zee "
    "Haven Vis Brug Sluis Toren Kasteel Klooster Kapel Abdij Smids Wever Bakkers Slagers Kuipers Touwslagers "
    "Brouwers Rembrandt Vermeer Mauritius Frans-Hals Vondel Bilderdijk Spinoza Erasmus Mozart Beethoven Bach Chopin "
    "Beatrix Wilhelmina Juliana Bernhard Irene Margriet Europa Java Sumatra Borneo Celebes Ambon Transvaal Tasman "
    "Barentsz Heemskerk Tromp Piet-Hein Amstel Maas Waal Rijn IJssel Schelde Vecht Eem Linge Saturnus Jupiter "
    "Mercurius Venus Mars Orion Diamant Robijn Saffier Smaragd Opaal Agaat Zilver Goud Koper Graan Tarwe Gerst "
    "Haver Vlas"
)
NL_ENDINGS = ("straat", "laan", "weg", "hof", "pad", "plein", "dreef", "kade", "singel", "plantsoen", "erf", "gaarde")
NL_DIGNITARIES = words(
    "Burgemeester Professor Dokter Prins Koningin Pastoor Meester Admiraal Generaal Jan Prinses Sint"
)
NL_HONOURED = words(
    "Lorentz Schaepman Witte Tuinman Verhulst Mulder Kuyper Thorbecke Colijn Troelstra Drees Visser Hendrik Willem "
    "Emma Maurits Frederik Jansen Kolff Nolens Debije Ligthart Ruys Bloem Schimmelpenninck Nijhoff Roest"
)
BE_STEMS = words(
    "Kerk Station Nieuw Molen Veld Kapel Bos School Dorps Kasteel Linden Beuken Populieren Berken Kouter Meers "
    "Heide Brug Markt Koning-Albert Leopold Astrid Boudewijn Gasthuis Begijnen Kloosters Vlas Leie Schelde Dender "
    "Dijle Ooievaar Zwaluw Nachtegaal Guido-Gezelle Conscience Rubens Van-Dyck Bruegel Pastoor-Coplet Sint-Jozefs "
    "Sint-Jans Sint-Pieters Gentse Brusselse Antwerpse Leuvense Tiense Hasseltse Kortrijkse Mechelse Lange Korte "
    "Oude Groene Witte Rode Hoge Eiken Rozen Ambachten Spoorweg"
)
BE_ENDINGS = ("straat", "laan", "steenweg", "weg", "dreef", "baan", "plein", "hof")
FR_KINDS = ("Rue de", "Avenue de", "Chaussée de", "Place de", "Clos de", "Allée de")
FR_NAMES = listed(
    "la Gare, la Station, l'Église, la Chapelle, Namur, Liège, Bruxelles, Tournai, Waterloo, la Paix, la Liberté, "
    "l'Yser, Dinant, Mons, la Fontaine, la Forêt, la Reine, l'Abbaye, l'École, la Vallée, la Montagne, Fragnée, "
    "Campinaire, Huy, Gembloux, Charleroi, Wavre"
)


def streets(country: str, language: str) -> list[str]:
    """Return what streets are called in a country and language."""
    if language == "fr":
        return [f"{kind} {name}" for kind, name in product(FR_KINDS, FR_NAMES)]
    if country == "BE":
        return [f"{stem}{ending}" for stem, ending in product(BE_STEMS, BE_ENDINGS)]
    plain = [f"{stem}{ending}" for stem, ending in product(NL_STEMS, NL_ENDINGS)]
    honoured = [
        f"{title} {name}{ending}"
        for title, name, ending in product(NL_DIGNITARIES, NL_HONOURED, ("straat", "laan", "weg", "plein"))
    ]
    return [*plain, *(street.replace("-", " ") for street in honoured)]
