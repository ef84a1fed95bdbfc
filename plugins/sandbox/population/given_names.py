"""First names by generation, the official name first and its call names (roepnamen) after it: lists of our own."""

from __future__ import annotations

from typing import NamedTuple


class Generation(NamedTuple):
    """Names of one culture and gender that parents gave most in one year, commonest first."""

    culture: str
    gender: str
    peak: int
    width: int
    names: tuple[str, ...]
    """Written `Official=Called,Called`; without call names people are called by the official one."""


def _given(culture: str, gender: str, peak: int, width: int, text: str) -> Generation:
    return Generation(culture, gender, peak, width, tuple(text.split()))


GENERATIONS = (
    _given(
        "dutch", "M", 1948, 18,
        "Johannes=Jan,Hans,Joop,Johan,Jo,Sjon Jan Cornelis=Kees,Cor,Cees,Nelis Hendrik=Henk,Hein,Rik Willem=Wim,Pim "
        "Wilhelmus=Wim,Willy,Will,Helmus Petrus=Piet,Peter,Pieter Pieter=Piet,Peter Gerrit=Ger "
        "Gerardus=Gerard,Ger,Geert Jacobus=Koos,Jaap,Ko,Sjaak,Jac Jacob=Jaap,Jaco Antonius=Ton,Toon,Anton,Teun "
        "Adrianus=Adri,Arie,Janus,Ad Franciscus=Frans,Sjef,Cis Theodorus=Theo,Door,Dorus Martinus=Martin,Tinus,Tiny "
        "Leonardus=Leo,Leen,Leon Nicolaas=Klaas,Nico,Nick Lambertus=Bert,Bart,Lambert Hubertus=Huub,Bert,Bertus "
        "Josephus=Jos,Jef,Joep,Sjef Marinus=Rien,Rinus,Marien Mattheus=Thijs,Mat,Mathieu Arnoldus=Arnold,Nol,Noud "
        "Albertus=Bert,Ab,Albert,Bertus Gijsbertus=Gijs,Bert Bernardus=Ben,Bernard,Nard Everardus=Evert,Ever "
        "Christiaan=Chris,Christian Dirk=Dick Bartholomeus=Bart,Mees Laurentius=Laurens,Lau,Rens "
        "Engelbertus=Bert,Engel Rudolf=Ruud,Rudi,Roel Frederik=Fred,Freek,Frits Lodewijk=Lou,Louis,Lode "
        "Abraham=Bram,Ab Izaak=Sjaak,Ies Aloysius=Louis,Wiet Simon=Siem Maarten=Mart Klaas Arie=Ari Teunis=Teun,Teus "
        "Reinier=Rein Jozef=Jef,Jos Augustinus=Guus,Stinus Stephanus=Stef,Fons Alphonsus=Fons,Alfons Cornelus=Kees "
        "Hermanus=Herman,Manus,Harm Berend=Ben Roelof=Roel Egbert Sjoerd Sietse=Siets Douwe Wiebe Harm Geert "
        "Lammert=Bert Jurjen=Jur Ate Hessel Aart Huibert=Huib,Bert Wouter Leendert=Leen Barend Marcus=Mark",
    ),
    _given(
        "dutch", "M", 1966, 9,
        "Robert=Rob,Bob Peter Marcel Eric=Erik Ronald=Ron,Ronnie Johan Martin Hans Richard=Ries,Rick Paul René "
        "Rudolf=Ruud Michel Andreas=André,Dries Edwin=Ed Frank Raymond=Ray Bart Mark Alexander=Alex,Lex,Sander,Xander "
        "Robertus=Rob,Robbert Patrick=Pat Erik Ferdinand=Fer,Ferry Edward=Ed,Eddy Rolf Harald Gerard Jeroen "
        "Vincent=Vin Arnold Dennis Arthur Hugo Roland=Roel Reinoud=Rein Onno Jacques=Sjaak Menno Wilfred=Fred "
        "Alfred=Fred,Al Ludovicus=Ludo,Louis,Lou Maurice=Mau",
    ),
    _given(
        "dutch", "M", 1978, 9,
        "Jeroen=Jer Dennis Marco Michiel=Giel Bas=Bassie Sebastiaan=Bas Martijn=Tijn Mark Arjan Erwin Remco Maarten "
        "Jasper Sander Danny=Dan Vincent Ronald=Ron Patrick Edwin Mathijs=Thijs Matthijs=Thijs,Mat "
        "Michael=Mike,Maikel Jurgen Barry Wouter Rutger Roy Björn Bram Ralph Stefan=Stef Wesley=Wes Roel Niels Frank "
        "Joris Ruben Pascal Sjoerd Olaf Gijs Tim Chiel Ivo",
    ),
    _given(
        "dutch", "M", 1991, 9,
        "Kevin=Kev Thomas=Tom Tim Rick Jeffrey=Jeff Robin=Rob Mike Nick Daan Stefan Lars Bart Niels Jordy Tom Dennis "
        "Jesse Sander Roy Wesley Thijs Sven Koen=Koentje Jasper Ruben Max=Maxim Maximiliaan=Max Bram Joey Casper=Cas "
        "Pim Luuk Stijn Roel Benjamin=Ben Frederik=Freek,Fred Christiaan=Chris Alexander=Alex,Sander,Xander "
        "Nicolaas=Nick,Niek,Klaas Willem=Wim,Pim Florian=Flo Jelle Sjoerd Melvin Glenn Martijn Jorrit Teun Gijs "
        "Floris Rens Jochem=Joch Matthias=Mat",
    ),
    _given(
        "dutch", "M", 2006, 7,
        "Daan Sem Lucas=Luuk,Luc Thijs Levi Jesse Milan Finn Bram Luuk Tim Ruben Lars Thomas=Tom Jayden=Jay "
        "Julian=Juul Max Stijn Noah Sven Mees Tijn Niels Gijs Teun Cas Floris Jens Hugo Dylan Ties Mats Siem "
        "Pepijn=Pep Joep Mick Quinten=Quin Boaz Olivier=Oli",
    ),
    _given(
        "dutch", "F", 1948, 18,
        "Johanna=Joke,Hanneke,Jo,Annie,Jopie,Hannie Maria=Ria,Marijke,Riet,Mia,Mieke,Rie "
        "Cornelia=Corrie,Cor,Nel,Cokkie Wilhelmina=Willy,Mien,Wil,Mina,Minie Petronella=Nel,Nelly,Ella,Pietje "
        "Hendrika=Riek,Rika,Henny,Rikie Jacoba=Coby,Co,Jaapje,Coba Elisabeth=Els,Betty,Bep,Lies,Liesbeth,Elly,Ellie "
        "Catharina=Tineke,Toos,Rina,Carla,Kaatje Margaretha=Greet,Gré,Margreet,Marga,Greetje "
        "Adriana=Jeanne,Adrie,Sjaan,Jaan,Ada Theodora=Dora,Thea,Door,Dorien "
        "Geertruida=Truus,Geertje,Trudy,Truida,Gerda Anna=Annie,Anneke,An,Ans,Anneke Antonia=Tonny,Toos,Tonia,Ton "
        "Gerarda=Gerda,Gerrie Alida=Ali,Lida,Alie Grietje=Gré,Greet Trijntje=Tine,Trijn Aaltje=Alie,Ali "
        "Jantje=Jannie,Janny Francisca=Sisca,Cisca,Fran,Ciska Helena=Leni,Lena,Leny,Hélène "
        "Magdalena=Magda,Lena,Leentje Christina=Stien,Tiny,Chris Allegonda=Gonnie,Gonda Henriëtte=Jet,Jetty,Riëtte "
        "Johannetje=Hannie Neeltje=Nel,Nelly Pieternella=Nel,Pia Klazina=Ina,Klaasje Lamberta=Bertha,Betsy "
        "Hubertina=Tiny,Berta,Tineke Josephina=Fien,José,Jos Bernardina=Dien,Dini,Bernadette Everdina=Dien,Eef "
        "Martina=Tiny,Tineke Aleida=Leida,Ali Albertha=Bertha,Bep Dirkje=Dikkie Jannetje=Jannie,Janny Wilhelma=Wil "
        "Rosalia=Roos Barbara=Bar Sjoukje Froukje Tjitske=Tjits Hiltje=Hilly Antje=Ant Hinke Berendina=Dina,Dien "
        "Engelina=Lien",
    ),
    _given(
        "dutch", "F", 1966, 9,
        "Yvonne=Von,Vonnie Ingrid Jacqueline=Jacq,Jacky Monique=Moon Marianne=Jannie Astrid=As Marjan=Mar Petra "
        "Anita=An Karin Angela Caroline=Caro,Lien Ellen=El Esther=Es Annemarie=Anne,Mies Marion Brigitte=Gitte Mirjam "
        "Yolanda=Jolanda,Jo Irene Saskia=Sas Wilma Erica Marleen Gerda Sonja Carla Margriet=Griet Hilde Conny Birgit "
        "Nicole=Nic Patricia=Pat,Patty Helga Corine=Cor Linda Hermina=Mieke,Mien Ingeborg=Inge Heleen=Leen "
        "Annelies=Lies,An Liesbeth=Lies Marjolein=Mar,Jolein Sylvia=Syl Wendela=Wendy",
    ),
    _given(
        "dutch", "F", 1978, 9,
        "Linda Sandra=San Wendy=Wen Mariëlle=Mar Miranda=Mir Natasja=Nat Daniëlle=Daan,Daniel Kim Marieke=Mariek,Riek "
        "Bianca Chantal Femke Angelique=An Ilse Suzanne=Suus,Suzan Nathalie=Nat Mirella Tamara=Tam Debbie=Deb "
        "Sabine=Bine Claudia=Clau Maaike Susanna=Suzan,Sanne Johanna=Hanneke,Jo,Anne Rianne Petronella=Petra,Nelleke "
        "Wilhelmina=Willemijn,Wil Elisabeth=Liesbeth,Lisa,Elsbeth Inge Mieke Esther Jolanda=Jo Annemieke=Mieke,Anne "
        "Manon Margot Barbara=Bar Nienke Simone Karin Sonja Hester Renske Ellis=El",
    ),
    _given(
        "dutch", "F", 1991, 9,
        "Laura=Lau Lisa Kim Sanne=San Anne Michelle=Mies,Chelle Lotte Iris Melissa=Mel Eva Samantha=Sam Femke Manon "
        "Marloes=Loes Nikki Rianne Naomi=Nao Anouk=Nouk Marlies Renate Charlotte=Lot,Lotte,Char Amber Denise Roos "
        "Jessica=Jes Maaike Nina Romy Simone=Siem Elisabeth=Lisa,Lisanne,Els Johanna=Hanna,Anne,Jo "
        "Maria=Marie,Marieke Catharina=Cato,Rianne,Tineke Wilhelmina=Willemijn,Mina Esmée Julia=Juul Merel "
        "Sophie=Soof Fleur Myrthe Nienke Inge Ilse Leonie=Leo Vera Dominique=Do Marjolein=Mar Cynthia=Cyn "
        "Priscilla=Pris",
    ),
    _given(
        "dutch", "F", 2006, 7,
        "Emma=Em Julia=Juul Sophie=Soof Anna Lotte Eva Lisa Isa Sanne Fleur Anouk Maud Femke Noa Roos Iris Lieke Amy "
        "Sara Tess Evi Bo Jasmijn=Jas Nina Elin Fenna=Fen Lynn Zoë Sofie Olivia=Liv Charlotte=Lot Elise=Lies Vera "
        "Floor Esmée Mila Yara Saar Pien Puck",
    ),
    _given(
        "flemish", "M", 1955, 18,
        "Jozef=Jef,Jos,Jefke Jan Petrus=Pierre,Piet,Peter Frans=Sus,Cis Franciscus=Frans,Sus Willy=Wil Roger "
        "Marc=Marcske Luc=Lucas Paul=Pol Eddy André=Dré Guido Jacques=Jaak Etienne=Tjen Freddy=Fred Johan Dirk "
        "Patrick=Pat Rudi Ludovicus=Louis,Lode,Ludo Alfons=Fons Karel=Charel Robert=Bob,Rob Albert=Bert Leopold=Pol "
        "Georges=Sjors Emiel=Miel,Mil Gustaaf=Staf,Gust Antoon=Toon,Tony Herman Walter Hendrik=Rik Gilbert=Gil "
        "Maurice=Maurits Omer Achiel=Siel Camiel=Miel Gerard=Gerre René Julien=Jul Victor=Vic Edmond=Mon",
    ),
    _given(
        "flemish", "M", 1980, 11,
        "Bart=Bartje Kristof=Kris,Stof Steven=Stevie Wim Tom Stijn Pieter=Piet Peter Koen Geert Filip=Flip David Sven "
        "Jurgen Hans Kurt Bjorn Wouter Joris Nico Gert Dries Benny Christophe=Chris,Tof Frederik=Fré,Fred Maarten Raf "
        "Rafaël=Raf Mathias=Mat Yves Danny Tim Wesley Jeroen Davy",
    ),
    _given(
        "flemish", "M", 2001, 9,
        "Thomas=Tom Robbe Lucas Arne Jonas Simon=Siem Senne Niels Wout Jelle Ruben Seppe Milan Brecht Mathias=Mat "
        "Bram Kobe Jasper Lars Michiel Dieter Nathan Matteo Alexander=Alex,Xander Maxim=Max Vic Lowie Warre "
        "Emiel=Miel Victor=Vic Louis Tibo Jarne Yanni Ward Jef Staf",
    ),
    _given(
        "flemish", "F", 1955, 18,
        "Maria=Mia,Marie,Rita,Maria Rita Godelieve=Lieve,Goedele Monique=Mon Jacqueline=Jacky "
        "Christiane=Chris,Chrisje Nicole Lutgarde=Lut,Lutgard Paula Martine=Tine Hilde Marleen=Leen Magda Annie=An "
        "Josephina=Fien,Jos Elisabeth=Lisette,Els,Lies Irène Simonne=Mon Yvonne Denise Rosa=Roza,Roos Agnes "
        "Georgette=Jet Marie-Louise=Wis,Marie,Louise Marie-Jeanne=Jeanne,Marie Alice Julia=Jul Germaine Viviane=Viv "
        "Linda Carine=Rina Anna=An,Anna,Annie Jeannine=Jeanne Gilberte=Bertje Mariette=Jet Francine=Cine Arlette "
        "Lucienne=Cien Ingrid Greta=Greet",
    ),
    _given(
        "flemish", "F", 1980, 11,
        "Sofie=Fie Kim Els Katrien=Kat,Trien Griet Ann=An Veerle Isabelle=Isa,Belle Nathalie=Nat Leen "
        "Liesbeth=Lies,Bet An Nele Annelies=An,Lies Inge Kathleen=Kat Wendy Caroline=Caro Tine Evelien=Eef "
        "Karolien=Lien Sarah Katleen=Kat Elke Barbara=Bar Ilse Sandra Stephanie=Steph Joke",
    ),
    _given(
        "flemish", "F", 2001, 9,
        "Laura Emma Lotte Julie=Juul Amber Lisa Sarah Marie Jana Lore Elise Charlotte=Lot,Charlot Hanne Fien Eline "
        "Femke Axelle Luna Nina Louise=Lou Noor Jolien=Jo Silke Britt Margot Janne Nore Kato Anouk Elien Lien Febe "
        "Yana Helena=Leen Linde Flore Oona Merel Zita",
    ),
    _given(
        "walloon", "M", 1962, 18,
        "Jean=Jeannot Michel=Mich Philippe=Phil Jean-Pierre=JP,Jean Pierre André=Dédé Daniel=Dan Christian=Chris Marc "
        "Alain Luc Pascal Thierry=Titi Bernard Claude Jacques José Francis Didier Jean-Marie=Jean Éric Vincent "
        "Olivier=Oli Christophe=Chris Benoît=Ben François=Fanfan Xavier=Xav",
    ),
    _given(
        "walloon", "M", 1995, 11,
        "Nicolas=Nico Maxime=Max Thomas=Tom Julien=Ju Alexandre=Alex Antoine=Toine Hugo Loïc Kévin=Kev Florian "
        "Jérémy=Jé Mathieu=Math Arnaud Sébastien=Seb Frédéric=Fred Étienne Gaëtan Rémi Cédric Noé Théo Romain Quentin "
        "Simon Adrien Guillaume=Guy Benjamin=Ben Raphaël=Raph",
    ),
    _given(
        "walloon", "F", 1962, 18,
        "Marie Monique=Mo Anne Françoise=Fanny Martine Nathalie=Nat Isabelle=Isa Véronique=Véro Christine=Chris "
        "Brigitte Dominique=Do Nicole Bernadette Catherine=Cathy Cécile Sylvie Anne-Marie=Annie,Anne "
        "Marie-Christine=Marie,Christine Viviane Josiane=Josi Danielle=Dani Chantal Pascale Colette",
    ),
    _given(
        "walloon", "F", 1995, 11,
        "Julie=Ju Céline Laura Aurélie Émilie=Mimi Chloé=Clo Camille=Cam Sarah Manon Marine Mélanie=Mel Élise "
        "Charlotte=Cha Pauline=Popo Stéphanie=Steph Virginie Sophie=So Lucie Justine=Juju Amandine Léa Zoé Inès "
        "Noémie Clémence Élodie=Élo Maëlle Coralie Ophélie Audrey Valérie Anaïs",
    ),
    _given(
        "newcomer", "M", 1988, 20,
        "Mohamed=Mo,Moh Mohammed=Mo,Momo Mehmet Mustafa=Musti Ahmed Ali Hassan Youssef=Joes,Joe Ibrahim=Ibo "
        "Abdelkader=Kader Murat Hakan Emre Yusuf Hüseyin Ömer Rachid Said Karim Bilal Omar Khalid Abdullah=Abdu Mehdi "
        "Ayoub Hamza Serkan Fatih Piotr=Peter Krzysztof=Kris Andrzej=André Tomasz=Tom Paweł Marcin Łukasz=Luk Sanjay "
        "Rakesh Anil Dewi Winston Ruben Delano Wei Minh Ivan Dmitri=Dima Andrei Ionuț Mihai José Carlos Luis Dragan "
        "Zoran",
    ),
    _given(
        "newcomer", "F", 1988, 20,
        "Fatima=Fatma,Faat Aïcha Khadija Fatma Ayşe Emine Zeynep Elif Esra Naima Samira Hanan Malika Zohra Nadia "
        "Yasmina=Yas Hatice Meryem Sevda Büşra Karima Loubna Souad Ikram Sümeyye Agnieszka=Aga Katarzyna=Kasia "
        "Małgorzata=Gosia Anna Magdalena=Magda Joanna=Asia Sunita Priya Anjali Chandra Shanti Mei Linh Olga "
        "Svetlana=Sveta Elena Ioana Maria Ana Carmen Vesna Snežana Mariama Aminata Grace Blessing Esther",
    ),
)  # fmt: skip
