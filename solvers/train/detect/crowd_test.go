package detect

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/zoo/decode"
)

// given is a detector that finds what it is told, picture by picture.
type given struct {
	found [][]decode.Detection
	next  int
}

func (g *given) Detect(_ []float32, n int, _ decode.SuppressOptions) ([][]decode.Detection, error) {
	g.next += n
	return g.found[g.next-n : g.next], nil
}

func TestCase19_crowdInMAP(t *testing.T) {
	var want struct{ AP, AP50, AP75, Tolerance float64 }
	var dt []struct {
		Image int        `json:"image_id"`
		Box   [4]float64 `json:"bbox"` // x, y, width, height
		Score float64    `json:"score"`
	}
	dir := golden.Everyday(t, "19-crowd-in-map", &want)
	data, err := os.ReadFile(filepath.Join(dir, "dt.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &dt); err != nil {
		t.Fatal(err)
	}
	s, err := box.OpenCOCO(filepath.Join(dir, "gt.json"), filepath.Join(dir, "images"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := box.NewExamples(s, 64, 64, 0, image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found := make([][]decode.Detection, e.Len())
	for _, d := range dt {
		b := box.Box{X1: d.Box[0], Y1: d.Box[1], X2: d.Box[0] + d.Box[2], Y2: d.Box[1] + d.Box[3]}.Scale(0.01, 0.01)
		found[d.Image-1] = append(found[d.Image-1], decode.Detection{Box: b, Score: d.Score})
	}
	r, err := Evaluate(&given{found: found}, e, EvalOpts{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]float64{{r.COCO.AP, want.AP}, {r.COCO.AP50, want.AP50}, {r.COCO.AP75, want.AP75}} {
		if math.Abs(c[0]-c[1]) > want.Tolerance {
			t.Errorf("found %v, want %+v", r.COCO, want)
			break
		}
	}
	// both persons are smaller than 32²
	if math.Abs(r.COCO.Small-want.AP) > want.Tolerance || !math.IsNaN(r.COCO.Large) || r.VOC.MAP != 1 {
		t.Errorf("small %v, large %v, mAP50 %v", r.COCO.Small, r.COCO.Large, r.VOC.MAP)
	}
}

// crowdedPictures are two grey pictures; the second has a crowd in its left half.
type crowdedPictures struct{ crowd bool }

func (crowdedPictures) Len() int          { return 2 }
func (crowdedPictures) Shape() []int      { return []int{3, 64, 64} }
func (crowdedPictures) Classes() []string { return []string{"a", "b"} }
func (crowdedPictures) At(i int, x []float32) (int, error) {
	for k := range x {
		x[k] = float32((k+i)%7) / 7
	}
	return 0, nil
}
func (p crowdedPictures) Objects(i int) ([]box.Object, error) {
	objects := []box.Object{{Class: "b", Box: box.Box{X1: 0.6, Y1: 0.1, X2: 0.9, Y2: 0.5}}}
	if p.crowd && i == 1 {
		objects = append(objects, box.Object{Class: "a", Crowd: true, Box: box.Box{X2: 0.5, Y2: 1}})
	}
	return objects, nil
}

// Cells in a crowd add nothing to the loss of the background, for either loss, and
// the rest stays.
func TestYOLO_crowdsAreNoBackground(t *testing.T) {
	for _, squares := range []bool{false, true} {
		none := map[bool]float64{}
		other := map[bool]string{}
		for _, crowd := range []bool{false, true} {
			y, err := NewYOLO(graph.NewStore(graph.Float32, 1), crowdedPictures{crowd}, nil, YOLOOpts{
				Options: Options{Batch: 2, Seed: 1}, Anchors: []box.Size{{H: 0.3, W: 0.3}}, Squares: squares,
			})
			if err != nil {
				t.Fatal(err)
			}
			y.Begin(0, 0)
			if _, _, err := y.Step(0); err != nil {
				t.Fatal(err)
			}
			y.Close()
			for _, m := range y.means() {
				if m.Name == "loss_none" {
					none[crowd] = m.Value
				} else {
					other[crowd] += fmt.Sprintf("%s %.5f ", m.Name, m.Value)
				}
			}
		}
		// 8 of 32 cells lie in the crowd, and no other term has them
		if !(none[true] < 0.85*none[false]) || !(none[true] > 0.5*none[false]) || other[true] != other[false] {
			t.Errorf("squares %t: background %v, others %v", squares, none, other)
		}
	}
}

func TestRegions_crowdsAreNoBackground(t *testing.T) {
	crowd := []box.Box{{X2: 0.5, Y2: 1}}
	regions := []box.Box{{X1: 0.1, Y1: 0.1, X2: 0.3, Y2: 0.3}, {X1: 0.6, Y1: 0.6, X2: 0.9, Y2: 0.9}, {X1: 0.3, Y1: 0, X2: 0.9, Y2: 1}}
	for _, s := range choose(regions, nil, crowd, 10, rand.New(rand.NewPCG(1, 1))) {
		if s.box == regions[0] {
			t.Error("a region in the crowd is background")
		}
	}
	if n := len(choose(regions, nil, nil, 10, rand.New(rand.NewPCG(1, 1)))); n != 3 {
		t.Errorf("%d regions without the crowd, want 3", n)
	}
	f, err := NewFasterRCNN(graph.NewStore(graph.Float32, 1), crowdedPictures{true}, nil, FasterRCNNOpts{Options: Options{Batch: 2, Seed: 1}, Anchors: []box.Size{{H: 0.3, W: 0.3}}})
	if err != nil {
		t.Fatal(err)
	}
	aims := make([]float32, len(f.anchors)*6)
	f.aim(aims, nil, crowd, rand.New(rand.NewPCG(1, 1)))
	for i, a := range f.anchors {
		if inside := inCrowd(a, crowd); inside == (aims[i*6] == 1) {
			t.Errorf("anchor %v in the crowd: %t, counts %v", a, inside, aims[i*6])
		}
	}
	f.Begin(0, 0)
	defer f.Close()
	if _, _, err := f.Step(0); err != nil {
		t.Fatal(err)
	}
}
