package open

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/idx"
	"github.com/hocsau/hocsau/datasets/image"
)

// tree writes files: pictures of 8×8 that differ for names of pictures, the text
// itself for others, links for texts that begin with "-> ".
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "set")
	for i, name := range slices.Sorted(keysOf(files)) {
		path, text := filepath.Join(root, filepath.FromSlash(name)), files[name]
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		var err error
		target, link := strings.CutPrefix(text, "-> ")
		switch {
		case link:
			if err = os.Symlink(target, path); err != nil {
				t.Skip("no links here")
			}
		case text == "" && isPicture(name):
			p := &image.Picture{Pix: make([]float32, 3*8*8), Channels: 3, Height: 8, Width: 8}
			for k := range p.Pix {
				p.Pix[k] = float32((i*7+k*k)%11) / 11
			}
			err = image.WritePNG(path, p)
		default:
			err = os.WriteFile(path, []byte(text), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func keysOf(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// list makes names of files: "train/cat/*3.png" stands for three pictures.
func list(patterns ...string) map[string]string {
	files := map[string]string{}
	for _, p := range patterns {
		name, text, _ := strings.Cut(p, "=")
		before, after, ok := strings.Cut(name, "*")
		if !ok {
			files[name] = text
			continue
		}
		for i := range int(after[0] - '0') {
			files[fmt.Sprint(before, i, after[1:])] = text
		}
	}
	return files
}

// lens are the numbers of examples to train on, to validate, to test.
func lens(p *Parts) [3]int {
	var n [3]int
	for i, d := range []datasets.Dataset{p.Train, p.Val, p.Test} {
		if d != nil {
			n[i] = d.Len()
		}
	}
	return n
}

// said is all that is told of a set.
func said(p *Parts) string {
	return p.Took + "\n" + fmt.Sprint(p.Left) + "\n" + strings.Join(p.Warnings, "\n")
}

func TestOpen_classes(t *testing.T) {
	for _, c := range []struct {
		name    string
		files   []string
		classes string
		lens    [3]int
		says    []string
	}{
		{"classes alone", []string{"cat/*5.png", "dog/*5.png"}, "cat dog", [3]int{8, 0, 2}, []string{"set/; 2 classes; no part for the test: 2 of 10 are kept for it"}},
		{"train, test", []string{"train/cat/*3.png", "train/dog/*3.png", "test/cat/*2.png", "test/dog/*1.png"}, "cat dog", [3]int{6, 0, 3}, []string{"train/ to train on, test/ to test"}},
		{"train, val", []string{"train/cat/*3.png", "train/dog/*3.png", "val/cat/*2.png", "val/dog/*1.png"}, "cat dog", [3]int{6, 0, 3}, []string{"val/ to test"}},
		{"train, valid, test", []string{"train/cat/*3.png", "train/dog/*3.png", "valid/cat/*2.png", "valid/dog/*2.png", "test/cat/*1.png", "test/dog/*1.png"}, "cat dog", [3]int{6, 4, 2}, []string{"valid/ to validate"}},
		{"letter case", []string{"Train/cat/*3.png", "Train/dog/*3.png", "Validation/cat/*2.png", "Validation/dog/*2.png", "TEST/cat/*1.png", "TEST/dog/*1.png"}, "cat dog", [3]int{6, 4, 2}, nil},
		{"Training, Testing", []string{"Training/cat/*3.png", "Training/dog/*3.png", "Testing/cat/*2.png", "Testing/dog/*2.png"}, "cat dog", [3]int{6, 0, 4}, nil},
		{"dev", []string{"training/cat/*3.png", "training/dog/*3.png", "dev/cat/*2.png", "dev/dog/*2.png", "testing/cat/*1.png", "testing/dog/*1.png"}, "cat dog", [3]int{6, 4, 2}, nil},
		{"Kaggle, seg_train/seg_train", []string{"seg_train/seg_train/sea/*3.jpg", "seg_train/seg_train/wood/*3.jpg", "seg_test/seg_test/sea/*2.jpg", "seg_test/seg_test/wood/*2.jpg", "seg_pred/seg_pred/*3.jpg"}, "sea wood", [3]int{6, 0, 4}, []string{"seg_pred: beside the parts"}},
		{"an archive around it", []string{"archive/flowers/train/rose/*3.png", "archive/flowers/train/lily/*3.png", "archive/flowers/test/rose/*1.png", "archive/flowers/test/lily/*1.png", "__MACOSX/archive/._x=junk"}, "lily rose", [3]int{6, 0, 2}, []string{"archive/flowers/train/ to train on"}},
		{"a test part without classes", []string{"train/cat/*5.png", "train/dog/*5.png", "test/*4.png"}, "cat dog", [3]int{8, 0, 2}, []string{"test: beside the parts", "2 of 10 are kept"}},
		{"a test part twice without classes", []string{"train/cat/*5.png", "train/dog/*5.png", "test/test/*4.png"}, "cat dog", [3]int{8, 0, 2}, []string{"holds no folders of classes"}},
		{"a class called train", []string{"bus/*5.png", "car/*5.png", "train/*5.png"}, "bus car train", [3]int{12, 0, 3}, nil},
		{"what systems leave behind", []string{"cat/*5.png", "cat/Thumbs.db=x", "cat/desktop.ini=x", "cat/.DS_Store=x", "dog/*5.png", "dog/._1.png=x", "@eaDir/x.png", ".ipynb_checkpoints/x.png", "__MACOSX/cat/._a.png=x"}, "cat dog", [3]int{8, 0, 2}, nil},
		{"upper-case extensions", []string{"cat/*5.PNG", "dog/*5.JPG"}, "cat dog", [3]int{8, 0, 2}, nil},
		{"pictures in folders inside a class", []string{"cat/*3.png", "cat/more/*2.png", "dog/*5.png"}, "cat dog", [3]int{8, 0, 2}, nil},
		{"pictures beside the classes", []string{"cat/*5.png", "dog/*5.png", "x.png"}, "cat dog", [3]int{8, 0, 2}, []string{"1 pictures beside the folders of classes, the first is x.png"}},
		{"a class that test lacks", []string{"train/a/*3.png", "train/b/*3.png", "test/b/*2.png"}, "a b", [3]int{6, 0, 2}, []string{`class "a" has no picture to test on`}},
		{"a class that only test has", []string{"train/a/*3.png", "train/b/*3.png", "test/b/*2.png", "test/c/*2.png"}, "a b", [3]int{6, 0, 2}, []string{`class "c" of test is none of those to train on (a, b); its 2 files are left out`}},
		{"a class without a picture", []string{"a/*5.png", "b/notes.txt=no picture", "c/*5.png"}, "a b c", [3]int{8, 0, 2}, []string{`class "b" has no picture to train on`, "notes.txt"}},
		{"a single class", []string{"a/*5.png"}, "a", [3]int{4, 0, 1}, []string{`only one class, "a"`}},
		{"names in two forms", []string{"train/café/*3.png", "train/x/*3.png", "test/cafe\u0301/*2.png", "test/x/*2.png"}, "café x", [3]int{6, 0, 4}, nil},
		{"a linked class", []string{"a/*5.png", "b=-> ../../elsewhere"}, "a", [3]int{4, 0, 1}, nil},
		{"a link to a part", []string{"train/a/*3.png", "train/b/*3.png", "test=-> train"}, "a b", [3]int{}, []string{"found no file of a class"}},
		{"the same file in two parts", []string{"train/a/*3.png", "train/b/*3.png", "test/a/*2.png", "test/b/*2.png", "test/a/again.png=-> ../../train/a/0.png"}, "a b", [3]int{6, 0, 4}, []string{"again.png: is in the part train already"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Open(t.Context(), tree(t, list(c.files...)), Opts{Input: []int{3, 8, 8}, Seed: 1})
			if err != nil {
				if c.lens == [3]int{} && strings.Contains(err.Error(), c.says[0]) {
					return
				}
				t.Fatal(err)
			}
			if got := strings.Join(p.Train.Classes(), " "); got != c.classes || lens(p) != c.lens {
				t.Errorf("classes %s, %v examples; want %s, %v", got, lens(p), c.classes, c.lens)
			}
			for _, want := range c.says {
				if !strings.Contains(filepath.ToSlash(said(p)), want) {
					t.Errorf("says %s, want %q", said(p), want)
				}
			}
			if !slices.Equal(p.Train.Classes(), p.Test.Classes()) {
				t.Errorf("test has the classes %v", p.Test.Classes())
			}
		})
	}
}

func TestOpen_refusals(t *testing.T) {
	for _, c := range []struct {
		name  string
		task  Task
		files []string
		says  string
	}{
		{"parts below classes", Classify, []string{"cat/train/*3.png", "cat/test/*3.png", "dog/train/*3.png", "dog/test/*3.png"}, "as if the parts lay below the classes; expected train/cat/PICTURE"},
		{"classes too deep", Classify, []string{"animal/cat/*3.png", "animal/dog/*3.png", "plant/rose/*3.png"}, "animal holds only folders (cat, dog) where pictures of a class are expected"},
		{"parts without classes", Classify, []string{"train/*3.png", "val/*3.png"}, "train, val seem to be parts, and hold no folders of classes"},
		{"parts twice without classes", Classify, []string{"train/train/*3.png", "test/test/*3.png"}, "holds pictures and no folders of classes"},
		{"no part to train on", Classify, []string{"val/a/*3.png", "test/a/*3.png", "val/b/*3.png", "test/b/*3.png"}, "found the part test, val and no folder train"},
		{"two parts of one name", Classify, []string{"train/a/*3.png", "training/a/*3.png", "test/a/*3.png"}, "train, training all seem to be the part train"},
		{"boxes", Classify, []string{"images/*3.png", "labels/*3.txt=0 0.5 0.5 1 1", "classes.txt=a"}, "boxes in the form of yolo"},
		{"no boxes", Detect, []string{"cat/*3.png"}, "expected Annotations in VOC form"},
		{"no names", Detect, []string{"images/*3.png", "labels/*3.txt=0 0.5 0.5 1 1"}, "nothing names its classes"},
		{"two names", Detect, []string{"images/*3.png", "labels/*3.txt=0 0.5 0.5 1 1", "classes.txt=a", "data.yaml=names: [b]"}, "expected the same"},
		{"nc", Detect, []string{"images/*3.png", "labels/*3.txt=0 0.5 0.5 1 1", "data.yaml=nc: 3\nnames: [b]"}, "nc is 3, but there are 1 names"},
		{"a gap in names", Detect, []string{"images/*3.png", "labels/*3.txt=0 0.5 0.5 1 1", "data.yaml=names:\n  0: a\n  2: b"}, `found the number "2", expected each of 0 to 1 once`},
		{"a place that is not there", Detect, []string{"images/*3.png", "labels/*3.txt=0 0.5 0.5 1 1", "data.yaml=names: [b]\ntrain: nowhere"}, "train: found no nowhere"},
		{"years", Detect, []string{"VOC2007/Annotations/a.xml=x", "VOC2012/Annotations/a.xml=x"}, "VOC2007, VOC2012 are sets of their own"},
	} {
		_, err := Open(t.Context(), tree(t, list(c.files...)), Opts{Task: c.task, Input: []int{3, 8, 8}})
		if err == nil || !strings.Contains(filepath.ToSlash(err.Error()), c.says) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		}
	}
	if _, err := Open(t.Context(), "mnits", Opts{}); err == nil || !strings.Contains(err.Error(), "did you mean mnist") {
		t.Errorf("got %v", err)
	}
}

const (
	vocXML = `<annotation><size><width>8</width><height>8</height></size><object><name>%s</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object></annotation>`
	label  = "0 0.5 0.5 0.5 0.5\n"
)

// coco makes a file of n pictures of those names, by turns of the classes.
func coco(pattern string, n int, classes ...string) string {
	var images, objects, categories []string
	for i, c := range classes {
		categories = append(categories, fmt.Sprintf(`{"id":%d,"name":%q}`, i+1, c))
	}
	for i := range n {
		images = append(images, fmt.Sprintf(`{"id":%d,"file_name":%q,"width":8,"height":8}`, i, fmt.Sprintf(pattern, i)))
		objects = append(objects, fmt.Sprintf(`{"id":%d,"image_id":%d,"category_id":%d,"bbox":[1,1,4,4]}`, i, i, i%len(classes)+1))
	}
	return `{"images":[` + strings.Join(images, ",") + `],"annotations":[` + strings.Join(objects, ",") + `],"categories":[` + strings.Join(categories, ",") + `]}`
}

func TestOpen_boxes(t *testing.T) {
	xml := func(class string) string { return fmt.Sprintf(vocXML, class) }
	yaml := "names: [a, đèn giao thông]\n"
	for _, c := range []struct {
		name    string
		files   []string
		classes string
		lens    [3]int
		says    []string
	}{
		{"YOLO flat", []string{"images/*5.png", "labels/*5.txt=" + label, "classes.txt=a\nđèn giao thông\n"}, "a|đèn giao thông", [3]int{4, 0, 1}, []string{"images/"}},
		{"YOLO, names with a mark and carriage returns", []string{"images/*5.png", "labels/*5.txt=" + label, "classes.txt=\xef\xbb\xbfa\r\n\r\n b c \r\n"}, "a|b c", [3]int{4, 0, 1}, nil},
		{"Ultralytics, coco8", []string{"images/train/*4.jpg", "images/val/*4.jpg", "labels/train/*4.txt=" + label, "labels/val/*4.txt=" + label, "data.yaml=path: ../datasets/coco8\ntrain: images/train\nval: images/val\ntest:\nnames:\n  0: a\n  1: đèn giao thông\n"}, "a|đèn giao thông", [3]int{4, 0, 4}, []string{"images/train to train on, images/val to test"}},
		{"Ultralytics without data.yaml", []string{"images/train2017/*4.jpg", "images/val2017/*4.jpg", "labels/train2017/*4.txt=" + label, "labels/val2017/*4.txt=" + label, "classes.txt=a"}, "a", [3]int{4, 0, 4}, nil},
		{"Roboflow YOLO", []string{"train/images/*4.jpg", "train/labels/*4.txt=" + label, "valid/images/*2.jpg", "valid/labels/*2.txt=" + label, "test/images/*1.jpg", "test/labels/*1.txt=" + label, "data.yaml=train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 2\n" + yaml, "README.roboflow.txt=x"}, "a|đèn giao thông", [3]int{4, 2, 1}, []string{"train/images to train on, valid/images to validate, test/images to test"}},
		{"Roboflow YOLO without places", []string{"train/images/*4.jpg", "train/labels/*4.txt=" + label, "valid/images/*2.jpg", "valid/labels/*2.txt=" + label, "data.yaml=" + yaml}, "a|đèn giao thông", [3]int{4, 0, 2}, nil},
		{"lists of pictures", []string{"data/x/*4.png", "data/x/*4.txt=" + label, "train.txt=./data/x/0.png\ndata/x/1.png\ndata/x/9.png\n", "val.txt=data/x/2.png\ndata/x/1.png\n", "data.yaml=train: train.txt\nval: val.txt\n" + yaml}, "a|đèn giao thông", [3]int{2, 0, 1}, []string{"train.txt: line 3: no picture", "is in the part train already"}},
		{"CVAT, darknet", []string{"obj_train_data/*5.png", "obj_train_data/*5.txt=" + label, "obj.names=a\nb\n", "obj.data=classes = 2", "train.txt=data/obj_train_data/0.png"}, "a|b", [3]int{4, 0, 1}, nil},
		{"labelImg, YOLO", []string{"*5.JPG", "*5.txt=" + label, "classes.txt=a\nb"}, "a|b", [3]int{4, 0, 1}, nil},
		{"labelImg, VOC", []string{"*5.JPG", "*5.xml=" + xml("b")}, "b", [3]int{4, 0, 1}, nil},
		{"Label Studio, YOLO", []string{"images/*5.png", "labels/*5.txt=" + label, "classes.txt=a", `notes.json={"categories":[]}`}, "a", [3]int{4, 0, 1}, nil},
		{"Label Studio, COCO", []string{"images/*5.png", "result.json=" + coco("images/%d.png", 5, "a", "b")}, "a|b", [3]int{4, 0, 1}, nil},
		{"CVAT, COCO", []string{"images/*5.png", "annotations/instances_default.json=" + coco("%d.png", 5, "a", "b")}, "a|b", [3]int{4, 0, 1}, nil},
		{"COCO", []string{"train2017/*4.png", "val2017/*2.png", "annotations/instances_train2017.json=" + coco("%d.png", 4, "a", "b"), "annotations/instances_val2017.json=" + coco("%d.png", 2, "a", "b"), "annotations/captions_train2017.json={}"}, "a|b", [3]int{4, 0, 2}, []string{"instances_val2017.json to test"}},
		{"COCO below images", []string{"images/train/*4.png", "images/val/*2.png", "images/test/*1.png", "annotations/instances_train.json=" + coco("%d.png", 4, "a", "b"), "annotations/instances_val.json=" + coco("%d.png", 2, "a", "b"), "annotations/instances_test.json=" + coco("%d.png", 1, "a", "b")}, "a|b", [3]int{4, 2, 1}, nil},
		{"COCO trainval, test", []string{"images/*4.png", "images/t*2.png", "annotations/instances_trainval.json=" + coco("%d.png", 4, "a", "b"), "annotations/instances_test.json=" + coco("t%d.png", 2, "b", "a"), "annotations/instances_train.json=" + coco("%d.png", 2, "a", "b")}, "a|b", [3]int{4, 0, 2}, []string{"instances_trainval.json to train on"}},
		{"Roboflow COCO", []string{"train/*4.jpg", "train/_annotations.coco.json=" + coco("%d.jpg", 4, "a", "b"), "valid/*2.jpg", "valid/_annotations.coco.json=" + coco("%d.jpg", 2, "a", "b"), "test/*1.jpg", "test/_annotations.coco.json=" + coco("%d.jpg", 1, "a", "b")}, "a|b", [3]int{4, 2, 1}, nil},
		{"COCO with a class that train lacks", []string{"train/*4.png", "val/*3.png", "annotations/instances_train.json=" + coco("%d.png", 4, "a", "b"), "annotations/instances_val.json=" + coco("%d.png", 3, "b", "a", "z")}, "a|b", [3]int{4, 0, 2}, []string{`class "z" of the part test is none of those to train on (a, b); its 1 objects are left out`, "picture dropped"}},
		{"VOC", []string{"Annotations/*5.xml=" + xml("b"), "JPEGImages/*5.jpg"}, "b", [3]int{4, 0, 1}, nil},
		{"VOC, train and val", []string{"Annotations/*5.xml=" + xml("b"), "JPEGImages/*5.jpg", "ImageSets/Main/train.txt=0\n1\n2\n", "ImageSets/Main/val.txt=3\n4\n2\n", "ImageSets/Main/b_train.txt=0 1\n"}, "b", [3]int{3, 0, 2}, []string{"ImageSets/Main/val.txt to test", "already"}},
		{"VOC, all lists", []string{"Annotations/*5.xml=" + xml("b"), "JPEGImages/*5.jpg", "ImageSets/Main/train.txt=0\n", "ImageSets/Main/val.txt=1\n", "ImageSets/Main/trainval.txt=0\n1\n", "ImageSets/Main/test.txt=2\n3\n"}, "b", [3]int{2, 0, 2}, []string{"trainval.txt to train on"}},
		{"VOC devkit of one year", []string{"VOCdevkit/VOC2007/Annotations/*5.xml=" + xml("b"), "VOCdevkit/VOC2007/JPEGImages/*5.jpg"}, "b", [3]int{4, 0, 1}, nil},
		{"Kaggle, VOC", []string{"annotations/*5.xml=" + xml("b"), "images/*5.png"}, "b", [3]int{4, 0, 1}, nil},
		{"Roboflow VOC", []string{"train/*4.jpg", "train/*4.xml=" + xml("b"), "valid/*2.jpg", "valid/*2.xml=" + xml("b"), "test/*1.jpg", "test/*1.xml=" + xml("b")}, "b", [3]int{4, 2, 1}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := tree(t, list(c.files...))
			p, err := Open(t.Context(), root, Opts{Task: Detect, Input: []int{3, 8, 8}, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(p.Train.Classes(), "|"); got != c.classes || lens(p) != c.lens {
				t.Errorf("classes %s, %v pictures; want %s, %v: %s", got, lens(p), c.classes, c.lens, said(p))
			}
			for _, want := range c.says {
				if !strings.Contains(filepath.ToSlash(said(p)), want) {
					t.Errorf("says %s, want %q", said(p), want)
				}
			}
			train, _, test := p.Boxes()
			if objects, err := train.Objects(0); err != nil || len(objects) != 1 {
				t.Errorf("objects %v, %v", objects, err)
			}
			if !slices.Equal(train.Classes(), test.Classes()) {
				t.Errorf("test has the classes %v", test.Classes())
			}
			if plain, err := Open(t.Context(), root, Opts{Input: []int{3, 8, 8}, Seed: 1}); err != nil || lens(plain) != lens(p) {
				t.Errorf("without a task: %v", err)
			}
		})
	}
}

// The classes of a trained model number those of a set, whatever its own order.
func TestOpen_knownClasses(t *testing.T) {
	p, err := Open(t.Context(), tree(t, list("a/*5.png", "b/*5.png", "c/*5.png")), Opts{Task: Classify, Input: []int{1, 8, 8}, Classes: []string{"c", "a"}})
	if err != nil {
		t.Fatal(err)
	}
	labels, err := datasets.Labels(p.Train)
	if err != nil || !slices.Equal(p.Train.Classes(), []string{"c", "a"}) || len(labels) != 8 || labels[0] != 1 {
		t.Errorf("classes %v, labels %v, %v", p.Train.Classes(), labels, err)
	}
	if !strings.Contains(said(p), `class "b" of set is none of those`) {
		t.Errorf("says %s", said(p))
	}
}

func TestOpen_idx(t *testing.T) {
	root := tree(t, list("a.txt=x"))
	for name, a := range map[string]*idx.Array{
		"train-images-idx3-ubyte": {Shape: []int{10, 4, 4}, Data: make([]byte, 160)}, "train-labels-idx1-ubyte": {Shape: []int{10}, Data: []byte{0, 1, 0, 1, 0, 1, 0, 1, 0, 1}},
	} {
		f, err := os.Create(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := idx.Write(f, a); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Open(t.Context(), root, Opts{Seed: 1})
	if err != nil || lens(p) != [3]int{8, 0, 2} {
		t.Errorf("%v, %v", p, err)
	}
}

func TestParts_Cut(t *testing.T) {
	p, err := Open(t.Context(), tree(t, list("train/a/*9.png", "train/b/*2.png", "train/c/*1.png", "test/a/*1.png", "test/b/*1.png", "test/c/*1.png")), Opts{Input: []int{3, 8, 8}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Cut(0.05, 1); err != nil {
		t.Fatal(err)
	}
	labels, err := datasets.Labels(p.Val)
	if err != nil || !slices.Equal(labels, []int{0, 1}) || lens(p) != [3]int{10, 2, 3} || !strings.Contains(p.Took, "2 of the 12 to train on are kept to validate") {
		t.Errorf("labels %v, %v, %v, %s", labels, err, lens(p), p.Took)
	}
}

func TestGuess(t *testing.T) {
	classifier := []string{"digits", "mnist", "fashion-mnist", "idx", "folder"}
	detector := []string{"shapes", "bccd", "voc", "coco", "folder"}
	for _, c := range []struct {
		name  string
		files []string
		sets  []string
		want  string // or what the refusal says
	}{
		{"classes", []string{"a/*2.png", "b/*2.png"}, classifier, "folder"},
		{"parts", []string{"train/a/*2.png", "val/a/*2.png"}, classifier, "folder"},
		{"IDX", []string{"train-images-idx3-ubyte=x", "train-labels-idx1-ubyte=x"}, classifier, "idx"},
		{"a set below a root", []string{"mnist/train-images-idx3-ubyte=x", "mnist/train-labels-idx1-ubyte=x", "mnist/t10k-images-idx3-ubyte=x", "mnist/t10k-labels-idx1-ubyte=x"}, classifier, "mnist"},
		{"VOC", []string{"Annotations/a.xml=x", "JPEGImages/a.png"}, detector, "voc"},
		{"COCO", []string{"annotations/instances_train.json={}"}, detector, "coco"},
		{"YOLO", []string{"images/*2.png", "labels/*2.txt=" + label, "classes.txt=a"}, detector, "folder"},
		{"boxes for a classifier", []string{"images/*2.png", "labels/*2.txt=" + label, "classes.txt=a"}, classifier, "its layout does not say what it is"},
		{"nothing", []string{"a.txt=x"}, classifier, "say with --data, one of digits"},
		{"text", []string{"a.txt=x"}, []string{"phrases", "text"}, "say with --data, one of phrases, text"},
	} {
		got, err := Guess(tree(t, list(c.files...)), c.sets)
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	if _, err := Guess("nowhere", classifier); err == nil {
		t.Error("no error for a folder that is not there")
	}
}
