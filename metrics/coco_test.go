package metrics

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// cocoCase is a drawn set with what pycocotools makes of it: rows of image,
// class, x, y, width, height, then whether it is a crowd and its area for truths,
// the score for detections.
type cocoCase struct {
	Classes       int
	Truths, Found [][]float64
	Stats         [12]float64 // −1 for undefined
}

// The file was made with pycocotools 2.0.11 and NumPy from boxes at random, a
// fifth of them crowds, and detections near them with scores of two digits:
//
//	e = COCOeval(truths, truths.loadRes(found), "bbox")
//	e.evaluate(); e.accumulate(); e.summarize(); stats = e.stats
func TestNewCOCO_pycocotools(t *testing.T) {
	files := []string{filepath.Join("testdata", "pycocotools.json")}
	if more := os.Getenv("HOCSAU_COCO_CASES"); more != "" {
		files = append(files, more)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []cocoCase
		if err := json.Unmarshal(data, &cases); err != nil {
			t.Fatal(err)
		}
		for i, c := range cases {
			box := func(r []float64) Box { return Box{r[2], r[3], r[2] + r[4], r[3] + r[5]} }
			var truths []Truth
			for _, r := range c.Truths {
				truths = append(truths, Truth{Image: int(r[0]), Class: int(r[1]), Box: box(r), Crowd: r[6] != 0, Area: r[7]})
			}
			var found []Detection
			for _, r := range c.Found {
				found = append(found, Detection{Image: int(r[0]), Class: int(r[1]), Box: box(r), Score: r[6]})
			}
			o, err := NewCOCO(truths, found, c.Classes)
			if err != nil {
				t.Fatal(err)
			}
			got := [12]float64{o.AP, o.AP50, o.AP75, o.Small, o.Medium, o.Large, o.AR1, o.AR10, o.AR100, o.ARSmall, o.ARMedium, o.ARLarge}
			for k, v := range got {
				if undefined := c.Stats[k] == -1; undefined != math.IsNaN(v) || !undefined && math.Abs(v-c.Stats[k]) > 1e-9 { // sums in another order
					t.Errorf("%s, case %d: number %d is %.12g, want %.12g", filepath.Base(file), i, k, v, c.Stats[k])
				}
			}
		}
	}
}

// Detections inside a crowd count neither way, by VOC's rules either; one that is
// right stays right.
func TestNewVOC_crowds(t *testing.T) {
	truths := []Truth{{Box: Box{0, 0, 10, 10}}, {Box: Box{0, 0, 50, 50}, Crowd: true}}
	found := []Detection{
		{Score: 0.9, Box: Box{20, 20, 30, 30}}, // in the crowd
		{Score: 0.8, Box: Box{0, 0, 10, 10}},   // right, and in the crowd
		{Score: 0.7, Box: Box{45, 0, 60, 10}},  // a third of it in the crowd: wrong
	}
	v, err := NewVOC(truths, found, 1, 0.5)
	if err != nil || v.MAP != 1 {
		t.Errorf("mAP %v, %v, want 1", v.MAP, err)
	}
	if right, positives := vocMatch(truths, found, 0, 0.5); positives != 1 || len(right) != 2 || !right[0] || right[1] {
		t.Errorf("right %v of %d", right, positives)
	}
	if v, err = NewVOC(truths[1:], found, 1, 0.5); err != nil || !math.IsNaN(v.MAP) {
		t.Errorf("only a crowd: mAP %v, %v, want none", v.MAP, err)
	}
}
