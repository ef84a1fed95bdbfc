"""Call names: who is christened Johannes may be Jan, Hans or Joop to everyone else.

Each line is one family of names, the official forms first (an indented line goes on with it); a name may be in several.
Lists of our own making, for the Low Countries and their neighbours.
"""

from __future__ import annotations

FAMILIES = (
    """
johannes joannes johan jan hans joop john jannes hannes johnny jo sjon
cornelis kees cor cees corne corneel nelis kornelis cornelus
wilhelmus willem wim willy wil will guillaume helmus pim
petrus pieter piet peter pierre peer pietje
hendrik hendrikus henricus henk henri henry harry hein henny rik hendrickus heinrich
jacobus jacob koos jaap sjaak jacques jacco cobus ko coos jack jakob
antonius anton antoon ton toon tonnie teun tony antoine twan theunis toine
gerardus gerard gerrit gert geert ger gerrie gerhard gerhardus
franciscus frans frank francois franky cis sus sooi
adrianus adriaan arie arjan ad adri aad janus arjen
nicolaas nikolaas nico klaas niek nick nicolas claes niels
theodorus theodoor theo dorus teo door
mattheus matthias matthijs mathijs thijs ties mathieu matteo mathias matthieu
bartholomeus bartel bart mees
robertus robert rob robbert robin bert robby
lambertus lambert bert bertus lammert
albertus albert bert ab appie bertus ap
hubertus hubert huub bert
gijsbertus gijsbert gijs bert
egbertus egbert bert
engelbertus engelbert bert
norbertus norbert bert
laurentius laurens lau rens louw lars laurent
michael michiel maikel michel mike micha mick mickey giel
alexander alex lex sander xander alexandre sacha
martinus martin maarten tinus rien martien marten mart tiny
marinus rien rinus
leonardus leonard leo leon lennard leendert leen
ludovicus lodewijk louis lode lowie lou ludo
josephus joseph jozef jos jef sjef josef joep joost seppe jefke sooi zef
christianus christiaan christian chris kris
christoffel christophe christopher chris stoffel kristof stof tof
stephanus stefan stephan stef steven stefaan stephane
alphonsus alfons alphonse fons
paulus paul pauwel pol
andreas andries andre dries andrew dre dede
arnoldus arnold nol arno noud aart arnaud
bernardus bernard ben barend bennie ber bernhard nard
benjamin ben benny benno
daniel daan dan danny dani
david dave davy
simon siem siemen
thomas tom thom tommy maas
reinier rein reinaldus
rudolphus rudolf ruud rudi rudy dolf
everardus everhardus evert eef
eduardus eduard edward ed eddy ward edouard
fredericus frederik fred frits freek rik frederic freddy wilfred
hermanus herman harm manus hermen
georgius george joris sjors georges jurgen jurriaan jorg
carolus karel carel charles karl sjarel charel
lucas lukas luuk luc luka
marcus mark marc marco markus
marcellus marcel cel
mohammed mohamed muhammed mo moh
philippus philip filip flip philippe phil
quirinus krijn quirijn rinus
samuel sam sem
sebastianus sebastiaan bas bastiaan sebas
victor vic viktor
vincentius vincent cent vince
wouterus wouter wout walter walterus
maximiliaan maximilian max maxim maxime
aloysius alois wiesje loek wiet louis lowie
cyrillus cyriel
desiderius desire
emmanuel emanuel manu
gustavus gustaaf guus gust staf
augustinus august guus gust stijn
constantinus constantijn stijn constant
justinus justin stijn
ignatius ignace naas
isaac isaak sjaak izaak
jeremias jeremy
jonathan jon
joachim jochem jochen
jeronimus jeroen jer
leopoldus leopold pol
mauritius maurits mau maurice
raymundus raymond ray
rogerius roger rutger
tobias tobi toby
ulricus ulrich
valentinus valentijn tijn
zacharias zach
augustijn stijn
johanna joanna joke jo hanneke hanna jannie janna jannetje jopie hannie jeanne johanneke johannetje annie anneke
  asia hans
cornelia cor corrie corry nel nelly neeltje lia cokkie cora
wilhelmina willemina willy mien mina wil wilma willemien minnie helmi willemijn mimi minie
petronella nel nelly petra ella nella pieternella nelleke pietje pia
hendrika henrica riek rika henny hennie ria henriette drika hendrikje rikie
jacoba coby co coba cobie jacobien
jacqueline jacky jacquelien
maria ria marijke mia marie rie mieke mies marja marietje miep riet rietje marieke maaike mirjam mary miet rita
maria annemarie annemie rosemarie
marianne jannie
elisabeth elizabeth els betty lies elise liesbeth bep elly lisa liesje betsy beth bets eliza lisette elsje elsa liz
  bet lijsbeth lisbeth annelies
catharina catherina tineke trien toos tiny ine rina katrien kaat katja cathy catrien trijntje tini catherine
  katharina kato
catharina kaatje trijntje
margaretha margareta greet margriet gre rita griet marga greetje margreet margot grietje gretha marguerite greta
adriana sjaan jaantje ad adrie ariane jeanne adrienne jaan
theodora dorien thea door dora doortje
geertruida gertrudis truus geer trudy truida geertje trui geertrui tru
anna anneke annie ans anne an annet antje anita annette anja anouk
antonia toni toos tonny antoinette teuntje tonia
helena heleen ellen leen lena leni lenie helene elena leny leentje
francisca cisca fransje sisca francien francoise franca ciska cine francine
gerarda gerda gerrie gera
christina kristina stien tine christien chris tina kristien christine christel christiane chrisje tiny
magdalena leen lena magda madeleine madelon marleen leentje
aleida aleid alie ali aly
alida lida
susanna suzanna sanne suus suzan susan suzanne sanna
sophia sofia sofie fietje sophie fie soof
theresia teresia trees thera tess therese resi theresa
veronica veronika vera veronique
rosalia roos rosa rosalie
josephina josefina fien josje josefien jos jozefien josee fina josephine
carolina lien carla line caroline carolien carola karolien
bernardina dien dini dina
isabella bella isa isabel isabelle belle
emilia emilie emmy mimi
louisa wies loes louise loeki marie-louise wis marielouise
lucia lucie lucy luus
paulina pauline lien
eva eefje eveline
geziena gezina sien
alberta berta albertha bertha bep
bertha berta
agatha aagje agaat
apollonia plonie loni
clasina klasina klaasje ina sientje klazina
hubertina tiny bertien tineke berta
martina tineke martine tine tiny
albertina tineke tiny
leonora noor nora
eleonora noor nora eleonore
amalia lia
aurelia lia
dorothea dorothee dora thea
esther hester
frederika rika fred freda
gijsberta gijsje bertha
hermina mina mien hermien
jannigje jannie
ida ietje
ingrid inge
judith juut
lambertha bertha lamberta betsy
nicoletta nicole nikki nicolette
patricia patries pat
rebecca rebekka becky
stephanie stefanie stef steffie
victoria vicky
wendelina wendy wen
yvonne von vonnie
fatima fatma faat
alexandra sandra alex lexi san
cecilia celia cilia sil
barbara barb babs
angelina angela lina angelique
jennifer jen jenny
jessica jess
kimberly kim
monica monique mon
william bill will billy liam willie
robert bob bobby rob robbie
richard dick rick rich ricky
james jim jimmy jamie
charles charlie chuck
thomas tommy
joseph joe joey
edward ed eddie ted ned
margaret peggy maggie meg marge margie
elizabeth lizzie libby betsy
katherine kathy kate katie kathleen kathryn catherine cathy
patricia patty trish tricia
matthew matt
anthony tony
steven steve stephen stevie
andrew andy drew
joshua josh
kenneth ken kenny
timothy tim timmy
jeffrey jeff geoffrey
gregory greg
alexander al
nicholas nick nicky
nathaniel nathan nate
zachary zach zack
deborah deb debbie debra
susan sue susie
sandra sandy
pamela pam
cynthia cindy
theresa terry tess
abigail abby
stephanie steph
jacqueline jackie
melissa missy
ronald ron ronnie
donald don donnie
lawrence larry
raymond ray
douglas doug
frederick fred freddie
walter walt
harold harry hal
eugene gene
leonard len lenny
gerald gerry jerry
christine chrissy
dorothy dot dottie
virginia ginny
samantha sam
judith judy
michelle shelly
godelieve lieve goedele
martine tine
etienne tjen stien
simonne simone mon
edmond mon
abdelkader kader
georgette jet jetje
henriette jet jetty riette
mariette jet jetje
gilberte bertje
berendina dina dien
everdina dien
martijn tijn
abraham bram
youssef joe joes
charlotte lot lotte
allegonda gonnie gonda aldegonda
camille camiel miel
emiel emile miel mil
carine karin rina
engelina lien
marloes loes
brigitte gitte
laura lau
wilfried wilfred fred
alfred fred
malgorzata gosia
lucienne cien
francoise fanny
achiel siel
michelle chelle mies
sabine bine
marielle mar
annemieke mieke
annemarie mies
dirkje dikkie
miranda mir
hiltje hilly
ibrahim ibo
huibert bert huib
julia juul juultje
natasja nat natasha
sebastiaan bas seb
vanessa nes
ludmila ljoeda
katarzyna kasia
aleksandra ola
agnieszka aga
krzysztof krzys
lukasz luki
tomasz tomek
piotr piotrek
mustafa mus
huseyin husnu
abdullah apo
ferdinand fer nand ferdi
roland roel
roelof roel
hieronymus jeroen
benedictus ben bennie
germaine mainie
marguerite margot
gabrielle gaby
dominique dom domien
""".strip()
    .replace("\n  ", " ")
    .splitlines()
)


def call_names() -> dict[str, list[int]]:
    """Return the families of each name, in lower case without accents."""
    families: dict[str, list[int]] = {}
    for number, names in enumerate(FAMILIES):
        for name in names.split():
            families.setdefault(name, []).append(number)
    return families


def official_initial(family: int) -> str:
    """Return the first letter of a family's official form."""
    return FAMILIES[family][0]
