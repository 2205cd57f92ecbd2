"""Two thousand invented people of the Drôme: first and last names as they are borne here, in nine languages."""

from itertools import pairwise, product

FIRST = {
    "français": "Zoé Joël Maëlys Gaël François Anaïs Jean-Noël Œdipe Loïc Hélène Cœlia Benoît Aimé Françoise",
    "turc": "Işıl İbrahim Ayşe Çağla Gökçe Şükrü Ömer Ilgın Tuğçe Özgür Yıldız Büşra Nazlı Fırat",
    "polonais": "Łukasz Małgorzata Paweł Stanisław Jadwiga Michał Grażyna Rafał Bożena Władysław Zdzisława Wiesław",
    "vietnamien": "Đức Hường Thủy Ngọc Ánh Phượng Đào Hiếu Thảo Quỳnh Bảo Ước Mỹ Lệ Đông Vũ",
    "maghrébin": "Aïcha Ɛli Ḥusayn Fāṭima Naïma Rachid Messaâd Ɣiles Zaïneb Noûr Lhoucine Taïeb Ŧahar Ḍawya",
    "portugais": "João Conceição Inês Antão Assunção Tomás Lurdes Estêvão Mónica Gonçalo Zélia Luísa Fabrício Glória",
    "arménien": "Արամ Հայկ Անուշ Տիգրան Գոհար Վարդան Նարինէ Սուրէն Լուսինէ Աշոտ Մարիամ Գրիգոր Շուշան Արփինէ",
    "ukrainien": "Олена Юлія Андрій Наталія Сергій Їжакевич Євген Щастя Володимир Ґалина Ярослава Михайло Ольга",
    "du Nord": "Søren Åsa Þór Øystein Ðagný Bjørn Sjöfn Hæge Jürgen Groß Łāčplēsis Sólveig Kjær Åke",
}
LAST = {
    "français": "Dubœuf Lefèvre Bouÿssou Ségur-d'Aïn Château L’Hôte Noël Guérin Lœillet Maître Aÿme Çois",
    "turc": "Kılıç Gündoğdu Yılmaz Şahin Öztürk Çelik Işık Aydın Doğan Kırmızı Altıntaş Aşçı",
    "polonais": "Wałęsa Błaszczyk Źdźbło Gałązka Śliwa Żółć Łącki Wójcik Pawłowska Dąbrowski Ćwikła Ostrołęka",
    "vietnamien": "Nguyễn Đặng Trần Phạm Lê Đỗ Ngô Võ Hoàng Huỳnh Bùi Đinh",
    "maghrébin": "Ben-Saïd El-Ħabib Aït-Ƹli Boumédiène ʿAbd-al-ʿAzīz Naït Ouaïl Benchérif Ṣāliḥ Ħaddād Benaïssa Laïd",
    "portugais": "Guimarães Magalhães Brandão Simões Pinhão Araújo Leitão Conceição Estêvão Gonçalves Falcão Patrício",
    "arménien": "Խաչատրյան Մկրտչյան Տէր-Պետրոսյան Ղազարյան Ժամկոչյան Չալոյան Ձիթողցյան Շահինյան Ազնաւուր Եսայան",
    "ukrainien": "Шевченко Ґудзь Їжак Єфремов Щербак Юрченко Яковенко Хмельницька Цимбалюк Чорновіл Жук Лисенко",
    "du Nord": "Kjærgård Þórðarson Ågård Weiß Straßer Mikkelsøn Đurić Bjørnsøn Bērziņš Guðmundsdóttir Ærø Ødegård",
}
LATIN = [tongue for tongue in FIRST if tongue not in {"arménien", "ukrainien"}]


def people(*tongues: str) -> list[tuple[str, str]]:
    """Every first name with every last name of its language."""
    return [pair for tongue in tongues or FIRST for pair in product(FIRST[tongue].split(), LAST[tongue].split())]


def with_two_first_names(tongue: str) -> list[tuple[str, str]]:
    firsts = FIRST[tongue].split()
    both = [f"{first} {second}" for first, second in pairwise(firsts)]
    return [*product(both, LAST[tongue].split()[:5])]


PEOPLE = [*people(), *(pair for tongue in FIRST for pair in with_two_first_names(tongue))]
