"""Surnames in order of frequency, and the stems and endings of the long tail: lists of our own making."""

from __future__ import annotations

from itertools import product

from plugins.sandbox.population.wording import listed, words

DUTCH = listed(
    "de Jong, Jansen, de Vries, van den Berg, van Dijk, Bakker, Janssen, Visser, Smit, Meijer, de Boer, Mulder, de "
    "Groot, Bos, Vos, Peters, Hendriks, van Leeuwen, Dekker, Brouwer, de Wit, Dijkstra, Smits, de Graaf, van der "
    "Meer, van der Linden, Kok, Jacobs, de Haan, Vermeulen, van den Heuvel, van der Veen, van den Broek, de Bruijn, "
    "de Bruin, van der Heijden, Schouten, van Beek, Willems, van Vliet, van de Ven, Hoekstra, Maas, Verhoeven, "
    "Koster, van Dam, van der Wal, Prins, Blom, Huisman, Peeters, de Jonge, Kuipers, van Veen, Post, Kuiper, "
    "Veenstra, Kramer, van den Brink, Scholten, van Wijk, Postma, Martens, Vink, de Ruiter, Timmermans, Groen, "
    "Gerritsen, Jonker, van Loon, Boer, van der Velde, Willemsen, Smeets, de Lange, de Vos, Bosch, van Dongen, "
    "Schipper, de Koning, van der Laan, Koning, van der Velden, Driessen, van Doorn, Hermans, Evers, van den Bosch, "
    "van der Meulen, Hofman, Bosman, Wolters, Sanders, van der Horst, Mol, Kuijpers, Molenaar, van de Pol, Meyer, "
    "Verbeek, Kok, Roos, van Es, van der Ploeg, Blok, Kroon, van Rooij, Jansma, van der Zee, Zijlstra, Gerrits, van "
    "Riel, Claassen, Kuijper, Janse, Ruiter, van Ginkel, Veldhuis, Zwart, Otten, Nijland, Wijnands, Faber, Geerts, "
    "Schut, Mulders, de Wilde, van Vuuren, Barendse, van den Hoek, Rietveld, Pronk, Bouwman, Lammers, Verweij, Sluis, "
    "Tromp, van Eijk, Hartman, Teunissen, Doornbos, van Kampen, Boersma, Boonstra, Hofstra, Bruinsma, Wiersma, "
    "Hoogland, van Houten, Kooistra, Terpstra, Sikkema, Nijhuis, Oosterhuis, ten Brinke, ter Horst, te Velde, in 't "
    "Veld, van 't Hof, van 't Hoff, op den Camp, uit den Bogaard, van de Wiel, de Kort, van Gils, van Gool, Snoek, "
    "Snijders, Slager, Slot, Spaans, Stam, Swart, Tuinman, Timmer, Verkerk, Vonk, Visscher, de Visser, Wagenaar, "
    "Westra, Witte, Zandstra, Zegers, Zonneveld, Kersten, Klaassen, Klein, Kloosterman, Knol, Kool, Korver"
)
FLEMISH = listed(
    "Peeters, Janssens, Maes, Jacobs, Willems, Mertens, Claes, Wouters, Goossens, De Smet, Vermeulen, Pauwels, "
    "Hermans, Aerts, Michiels, Martens, De Vos, Jansen, Smets, De Backer, Van Damme, Stevens, De Clercq, Desmet, "
    "Janssen, Lemmens, Verhoeven, Cools, Segers, De Wilde, Van den Broeck, Coppens, Bogaerts, Baert, De Meyer, Van de "
    "Velde, Verstraete, Thys, Lambrecht, Vandenberghe, Verbeke, Van Hecke, Vercammen, Vermeersch, Vandamme, De Cock, "
    "Van den Bossche, Verlinden, Bauwens, Wauters, D'Hondt, De Bruyne, Declercq, Geerts, De Pauw, Timmermans, "
    "Adriaensen, Verheyen, Van Acker, Sels, Lauwers, De Ridder, Beckers, Van Looy, Callens, De Coninck, Carlier, "
    "Nijs, Hendrickx, Ceulemans, Verschueren, Van Dyck, Dierckx, Torfs, Van Hoof, Sterckx, De Roeck, Vandevelde, "
    "Daems, Raes, Eeckhout, Heylen, Moens, Casteleyn, De Keyser, Cornelis, Leys, Van Gestel"
)
WALLOON = listed(
    "Dubois, Lambert, Dupont, Martin, Simon, Laurent, Leclercq, Lejeune, Renard, Gérard, François, Noël, Delvaux, "
    "Mathieu, Denis, Dumont, Charlier, Fontaine, Lemaire, Henry, Michel, Leroy, Bertrand, Wauthier, Legrand, Thomas, "
    "Collignon, Piette, Bodart, Marchal, Gillet, Toussaint, Gilles, Evrard, Petit, Collard, Rousseau, Hubert, Cornet, "
    "Mahieu, Collin, Goffin, Lefèvre, Servais, Jacquemin, Delfosse, Hardy, Jadot, Libert, Massart, Paquet, Pirotte, "
    "Remy, Stassart, Thiry, Urbain"
)
NEWCOMER = listed(
    "Yilmaz, El Amrani, Kaya, Demir, Bouzid, Öztürk, Şahin, El Idrissi, Aydin, Benali, Çelik, Arslan, Özdemir, "
    "Yildiz, Doğan, Ben Haddou, El Yaakoubi, Azzouzi, Bakkali, Haddadi, Amrani, Nowak, Kowalski, Wiśniewski, Wójcik, "
    "Kamiński, Lewandowski, Zieliński, Singh, Ramdin, Ramautar, Kartosen, Mohan, Sewdien, Bhagwandin, Chen, Wang, "
    "Nguyen, Tran, Popescu, Ionescu, Dimitrov, Petrov, Ivanova, da Silva, Pereira, Santos, Martinez, Garcia, "
    "Jovanović, Nikolić, Ahmadi, Hosseini, Osman, Abdi, Mensah, Diallo, Traoré, Mbeki, Okafor, Al Hassan, Al-Sayed, "
    "Khan, Ali, Mohamud, Tesfay, Kelly, Smith, Schneider, Müller"
)
STEMS = words(
    "Berg Dijk Veld Water Hout Steen Zand Molen Linden Eiken Beuken Wilgen Rozen Ooster Wester Noorder Zuider "
    "Nieuwen Ouden Grooten Kleine Hoogen Lage Lange Korte Witten Zwarte Roden Groene Gulden Konings Prinsen Graven "
    "Heeren Bisschops Kloosters Kerk Toren Brug Poort Haven Meer Beek Broek Rietveld Heide Bosch Kamp Hof Wijn "
    "Koren Gersten Haver Boeren Schaap Lammer Ruiter Valken Arends Raven Kraaij Duiven Vogel Reigers Snoek Baars "
    "Vissers Wagen Rader Smeden Ketel Koper IJzer Zilver"
)
ENDINGS = words(
    "man mans huis huizen sma stra inga ema kamp veld horst berg broek brink burg dijk donk hof hout hoven kerk "
    "laar lo meijer mulder poort rade schot sluis stein stede straten voort waard weert werf wijk woude zicht"
)
PLACES = words(
    "Aken Baarle Beers Bergen Boxtel Bremen Broekhuizen Culemborg Delft Deursen Diemen Doesburg Driel Duren Eck Ede "
    "Egmond Elburg Elst Emmerik Ewijk Gelder Gent Gorp Haaren Haeften Halen Hasselt Heerde Heusden Hoorn Horssen "
    "Houtum Kessel Keulen Kleef Lier Lith Loenen Maanen Maurik Meurs Mierlo Mil Nes Nistelrooij Norden Nuenen Oers "
    "Oirschot Olst Ooijen Oorschot Os Oss Pelt Putten Ravenstein Rijn Rossum Schaik Schijndel Soest Someren "
    "Stiphout Teeffelen Tiel Tongeren Uden Velp Venlo Vessem Vught Wageningen Wamel Wanrooij Weelde Weert Wees "
    "Werkhoven Wessum Wijchen Zanten Zeeland Zon Zuilen Zutphen Zwol"
)
HEATHS = words(
    "Aa Akker Berk Bijl Blij Boom Bor Borne Brand Bron Burgt Dungen Eijnden Elzen Eng Esch Geest Goor Graaf Griend "
    "Haar Haak Hagen Ham Hee Heg Hilst Hoeven Hooft Hulst Hurk Kant Kemp Klei Klooster Kolk Kooij Kraats Kruis Kuil "
    "Laak Lee Leest Lest Loo Maat Made Mark Mast Mheen Mortel Nat Oever Ouweland Pas Plas Poel Put Rakt Riet Ros "
    "Sande Schaaf Schans Scheur Schoot Sluijs Spek Steeg Sterre Stap Tak Tol Veeken Voort Waal Weide Wel Werf Wiel "
    "Wind Woude Zanden Zwaag Zwan"
)
FLEMISH_STEMS = words(
    "Vander Vanden Van Ver De Ce Die Roose Schel Ste Mae Wil Hey Bae Goe Lae Cuy Cle Dhae Mee Ver Nae Pie Rae Tae "
    "Eec Buy Bo Bra Bru Coo Cop Dae Del Dew Fey Gee Gys Haes Hoe Huy Jan Kei Lan Lee Lie Lip Mae Moer"
)
FLEMISH_ENDINGS = words(
    "borght bossche bruggen bulcke ckaert cruysse eecken elst eynde ghem haeghe haute hove kerckhove laer linden "
    "meersch meulen mole plas poorten putte rbeke riessche roy sande schelde schueren steen stichele straeten velde "
    "voorde walle weghe wiele zande"
)
FRENCH_STEMS = words(
    "Bel Bon Clair Beau Mont Grand Petit Haut Val Mar Del De Du La Le Ger Wil Rem Col Gou Ham Hen Jac Lam Per Pir "
    "Ray Thi Van"
)
FRENCH_ENDINGS = words(
    "mont champ court fontaine bois val rive ville mare haye croix porte saint lard nier quet tier son selle bert "
    "dart rard roux vaux court mans rieux sart loup four chêne pré gnon brun lot tin"
)


def dutch() -> list[str]:
    """Return the Dutch surnames, commonest first: the known ones, then a few thousand composed ones."""
    from_places = [f"{infix} {place}" for infix, place in product(("van",), PLACES)]
    from_fields = [f"{infix} {field}" for field in HEATHS for infix in ("van de", "van der", "van den", "ter", "ten")]
    return [*DUTCH, *_blended([from_places, from_fields, _composed(STEMS, ENDINGS)])]


def flemish() -> list[str]:
    """Return the Flemish surnames, whose prefix is part of the name."""
    return [*FLEMISH, *_composed(FLEMISH_STEMS, FLEMISH_ENDINGS)]


def walloon() -> list[str]:
    """Return the French surnames of Belgium."""
    return [*WALLOON, *_composed(FRENCH_STEMS, FRENCH_ENDINGS)]


def newcomer() -> list[str]:
    """Return surnames from the rest of the world."""
    stems = words("Ben El Al Ou Bou Ha Za Ka Mo Sa Yil Öz Kara Ak Bay Dem Kow Wis Now Ada Oku Tra")
    ends = words("li med oui ani ouri man demir kaya oğlu taş ski wicz czyk escu ov ić pour zadeh nga kwe doune di")
    return [*NEWCOMER, *_composed(stems, ends)]


def _composed(stems: list[str], endings: list[str]) -> list[str]:
    """Return every stem with every ending, in an order that mixes them."""
    pairs = sorted(product(range(len(stems)), range(len(endings))), key=lambda pair: (pair[0] * 7 + pair[1] * 11) % 101)
    names = (f"{stems[stem].rstrip()}{endings[ending]}" for stem, ending in pairs)
    return list(dict.fromkeys(names))


def _blended(lists: list[list[str]]) -> list[str]:
    """Return the names of all lists, the short lists spread over the front of the long one."""
    placed = [((at + 0.5) / min(len(names), 900), name) for names in lists for at, name in enumerate(names)]
    return list(dict.fromkeys(name for _, name in sorted(placed)))
