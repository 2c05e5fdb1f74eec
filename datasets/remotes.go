package datasets

// This file holds the files of the sets of Catalog: sizes, checksums, mirrors.
// The checksums are those of the files as their sources gave them out.

func mnist() []Remote {
	return below([]string{
		"https://storage.googleapis.com/cvdf-datasets/mnist",
		"https://ossci-datasets.s3.amazonaws.com/mnist",
	}, []Remote{
		{Name: "train-images-idx3-ubyte.gz", Size: 9912422, Sum: "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
		{Name: "train-labels-idx1-ubyte.gz", Size: 28881, Sum: "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
		{Name: "t10k-images-idx3-ubyte.gz", Size: 1648877, Sum: "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
		{Name: "t10k-labels-idx1-ubyte.gz", Size: 4542, Sum: "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
	})
}

func fashionMNIST() []Remote {
	return below([]string{
		"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/b2617bb6d3ff/data/fashion",
		"https://storage.googleapis.com/tensorflow/tf-keras-datasets",
	}, []Remote{
		{Name: "train-images-idx3-ubyte.gz", Size: 26421880, Sum: "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
		{Name: "train-labels-idx1-ubyte.gz", Size: 29515, Sum: "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
		{Name: "t10k-images-idx3-ubyte.gz", Size: 4422102, Sum: "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
		{Name: "t10k-labels-idx1-ubyte.gz", Size: 5148, Sum: "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"},
	})
}

func sst2() []Remote {
	return below([]string{"https://raw.githubusercontent.com/clairett/pytorch-sentiment-classification/457ffd83de90/data/SST2"}, []Remote{
		{Name: "dev.tsv", Size: 92057, Sum: "sha256:eddea6b39e601dd4e7a672b53cc40fdf6019fa80522f351206c24340ca5d9359"},
		{Name: "test.tsv", Size: 188749, Sum: "sha256:831169c7e2e429d6026e1bdbb542f33b636e3e596caad9602ebc953c205928b7"},
		{Name: "train.tsv", Size: 720259, Sum: "sha256:ec192f833a64da08f475488a77b0d0b47db47acd0f458bd18433fc793b569920"},
	})
}

func mr() []Remote {
	return below([]string{"https://raw.githubusercontent.com/dennybritz/cnn-text-classification-tf/18762b459e21/data/rt-polaritydata"}, []Remote{
		{Name: "rt-polarity.neg", Size: 612506, Sum: "sha256:2d11cfbc790f1cd96d78339f41ce53ced1efa83cd22d37d6788fa3fe3d17e2fd"},
		{Name: "rt-polarity.pos", Size: 626395, Sum: "sha256:4134882974a28d0c7b5151256f0e33a6169984ee7372c279e673f1114f475d58"},
	})
}

func wnut17() []Remote {
	return below([]string{"https://raw.githubusercontent.com/leondz/emerging_entities_17/e52a2d2a71ac"}, []Remote{
		{Name: "emerging.dev.conll", Size: 114749, Sum: "sha256:e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8"},
		{Name: "emerging.test.annotated", Size: 192425, Sum: "sha256:2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0"},
		{Name: "wnut17train.conll", Size: 493781, Sum: "sha256:731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5"},
	})
}

func vtb() []Remote {
	return below([]string{"https://raw.githubusercontent.com/UniversalDependencies/UD_Vietnamese-VTB/e8fa54835582"}, []Remote{
		{Name: "vi_vtb-ud-dev.conllu", Size: 1232268, Sum: "sha256:0b779257b9225575b3b30e15d64cc4ef9945a77f8cceb9f92d794b483a2752dd"},
		{Name: "vi_vtb-ud-test.conllu", Size: 538633, Sum: "sha256:abc1b0ea98661bbb494a8c0da123ba2fe1a3ef71322c380fe66468884d9b4285"},
		{Name: "vi_vtb-ud-train.conllu", Size: 946835, Sum: "sha256:1df180722db99b724f7368aca50597133bee28606de3394cd8d12a57da89978d"},
	})
}

func nottingham() []Remote {
	return below([]string{"https://raw.githubusercontent.com/jukedeck/nottingham-dataset/0992bb6cd864/ABC_cleaned"}, []Remote{
		{Name: "ashover.abc", Size: 19647, Sum: "sha256:6586eea8dca53866b42721050d11fc1408bdb2cf31a902b41c5c13504139b164"},
		{Name: "hpps.abc", Size: 25222, Sum: "sha256:6d035c6972ac0c204ba79d8128e2d71978ece2214a29ffceeb3e053e27f17db5"},
		{Name: "jigs.abc", Size: 129665, Sum: "sha256:5bb6f621e443bde552540810e3ea53e53531fd22258736e338d795e7a5bdcaf5"},
		{Name: "playford.abc", Size: 5101, Sum: "sha256:070877bc37176e0dedbcd038268d6669399201cd7b58d88b4ab36127528f9c76"},
		{Name: "reelsa-c.abc", Size: 37613, Sum: "sha256:f92ed0e66024e0a5bb7d21fe3172cd50c3fb4cb7f642b4ec7cd5aa8ad0396da8"},
		{Name: "reelsd-g.abc", Size: 42433, Sum: "sha256:33f535569116ec8cfb530c112f4cdc3bfb7fc042c271e0317cf6458bad30dfae"},
		{Name: "reelsh-l.abc", Size: 43044, Sum: "sha256:cb701d4ffe6839cb7a5655bc21785ecb71a72ab63d8560f7be3856f6aedaf7e5"},
		{Name: "reelsm-q.abc", Size: 38405, Sum: "sha256:a99f2967cf47460bba70bae40cd355a220b537a87180131c6d9433750bc446a1"},
		{Name: "reelsr-t.abc", Size: 46838, Sum: "sha256:f80a2c0f37a49b9b0c748e922924d59c40d82758abc5b0f7fc9245d7fd563be0"},
		{Name: "slip.abc", Size: 3838, Sum: "sha256:da686b3a0de20aab38e64f8c8ec57edace980bab6450a6c388d79a2866e5b16a"},
		{Name: "xmas.abc", Size: 3519, Sum: "sha256:05ebc4b856c8c5186bb828641e8f88f723c109d47ba7e3f1e5048b536e091249"},
	})
}

func multi30k() []Remote {
	return below([]string{"https://raw.githubusercontent.com/multi30k/dataset/a3d2e0d26b56/data/task1/raw"}, []Remote{
		{Name: "test_2016_flickr.de.gz", Size: 22890, Sum: "sha256:9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"},
		{Name: "test_2016_flickr.en.gz", Size: 21077, Sum: "sha256:611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"},
		{Name: "test_2017_flickr.de.gz", Size: 21471, Sum: "sha256:a2c89666db00c495cd8513b9d708d5a3acc205d7de312ef2bf5fb7ebc1540aee"},
		{Name: "test_2017_flickr.en.gz", Size: 19138, Sum: "sha256:76a444ee25172e72695cddb13ae4a3bda59430617be88e0bb46b60504f054074"},
		{Name: "test_2017_mscoco.de.gz", Size: 10230, Sum: "sha256:799e4854c25d601cb6cb6be29eabe5667734c61ace2f495e03e429031a0bc338"},
		{Name: "test_2017_mscoco.en.gz", Size: 8844, Sum: "sha256:aab300bfb4427697987e02cd0aacd44bfe8aa50456231b6474c08038bbed2b58"},
		{Name: "train.de.gz", Size: 637044, Sum: "sha256:726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"},
		{Name: "train.en.gz", Size: 568929, Sum: "sha256:d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"},
		{Name: "val.de.gz", Size: 24681, Sum: "sha256:f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"},
		{Name: "val.en.gz", Size: 21650, Sum: "sha256:14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"},
	})
}

func iwslt15() []Remote {
	return below([]string{"https://raw.githubusercontent.com/quockhuongtrann/preprocess_IWSLT15/9f70a01312da/data15"}, []Remote{
		{Name: "IWSLT15.TED.dev2010.en-vi.en.xml", Size: 104480, Sum: "sha256:770a64739be5233768411e7f1fc740b20df75d2b3bd55b9b3747802456909833"},
		{Name: "IWSLT15.TED.dev2010.en-vi.vi.xml", Size: 132100, Sum: "sha256:f539bbb3cbeafa9ec0341c642881275764d33e4e2735a7e2bd8024e0819d6325"},
		{Name: "IWSLT15.TED.tst2010.en-vi.en.xml", Size: 167615, Sum: "sha256:525b2c033db139667e41b3405e618bb70f511bb492955100b5f7fafbb20f70d2"},
		{Name: "IWSLT15.TED.tst2010.en-vi.vi.xml", Size: 224354, Sum: "sha256:480e36797fd43a028f2577a1fd3576c07cddc4334e00aeb7a70c8b381064625a"},
		{Name: "IWSLT15.TED.tst2011.en-vi.en.xml", Size: 167125, Sum: "sha256:e175b78ba14635097676c30d3b018078628ba65050e567577a9e4d06aaba644b"},
		{Name: "IWSLT15.TED.tst2011.en-vi.vi.xml", Size: 217601, Sum: "sha256:82cbda2830d811ffe063dd4f5694db9905ebf203436ed37790ab800eff48040f"},
		{Name: "IWSLT15.TED.tst2012.en-vi.en.xml", Size: 174524, Sum: "sha256:f8cf3b7efb39775d08865061965dbc764a91b0fb87d25a48fbd662b6a028c0ed"},
		{Name: "IWSLT15.TED.tst2012.en-vi.vi.xml", Size: 227905, Sum: "sha256:846b97080f03d9e8789b2e43767aedfccd389344edbe8cee8829672614b13201"},
		{Name: "IWSLT15.TED.tst2013.en-vi.en.xml", Size: 164447, Sum: "sha256:887182109016a4a1abbd421f9a620b0a0fa5fd0977d846e9b84db3cf5798afa4"},
		{Name: "IWSLT15.TED.tst2013.en-vi.vi.xml", Size: 221588, Sum: "sha256:9208fb706c5f1483bf857c4d1f8f8697a202ed524a25921e0ed3303e796c1e32"},
	})
}
