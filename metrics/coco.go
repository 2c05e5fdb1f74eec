package metrics

import (
	"cmp"
	"math"
	"slices"
)

// A COCO is the average precision by the rules of COCO: the mean over the
// classes that have a truth, of precision read at the recalls 0, 0.01, …, 1.
// What no truth speaks of is NaN.
type COCO struct {
	AP      float64   // mean over IoU 0.50, 0.55, …, 0.95
	AP50    float64   // IoU 0.50
	AP75    float64   // IoU 0.75
	ByClass []float64 // AP by class
	ByIoU   []float64 // mean over classes, by IoU from 0.50 in steps of 0.05
	// The AP of truths by their area in pixels: up to 32², up to 96², from 96² on.
	Small, Medium, Large float64
	// The share of truths that are found, mean over IoU and classes, where 1,
	// 10 or 100 detections of a class are read in each image.
	AR1, AR10, AR100 float64
	// AR100 by the area of truths.
	ARSmall, ARMedium, ARLarge float64
}

// cocoSteps is the number of IoU thresholds, 0.50 to 0.95.
const cocoSteps = 10

// cocoAreas are the ranges of COCO: all, small, medium, large; both ends count.
func cocoAreas() [4][2]float64 {
	const small, medium, most = 32 * 32, 96 * 96, 1e10
	return [4][2]float64{{0, most}, {0, small}, {small, medium}, {medium, most}}
}

// cocoReads is how many detections of a class are read in each image.
func cocoReads() [3]int { return [3]int{1, 10, 100} }

// NewCOCO compares detections with truths. In each image, by decreasing score,
// a detection takes the free truth of its class with the largest IoU ≥ the
// threshold; at most 100 detections a class and image are read. Truths marked
// difficult count like others. A crowd need not be found; what is found in it,
// by the share of the detection that lies in it, counts neither way. So do
// truths and detections of another area than that asked for.
//
// Small, Medium, Large and their recalls mean something where areas are in
// pixels: those of the boxes, or Area where it is set.
//
// Source: pycocotools' COCOeval, boxes.
func NewCOCO(truths []Truth, detections []Detection, classes int) (COCO, error) {
	if err := checkDetections(truths, detections, classes); err != nil {
		return COCO{}, err
	}
	areas, reads := cocoAreas(), cocoReads()
	byClass, byIoU := make([]Mean, classes), make([]Mean, cocoSteps)
	var ap, ar [4]Mean // by area
	var few [3]Mean    // recall by how many are read
	for class := range classes {
		images := cocoImages(truths, detections, class)
		for k, area := range areas {
			positives := 0
			for _, im := range images {
				positives += im.choose(area)
			}
			if positives == 0 {
				continue
			}
			order := cocoOrder(images)
			for step := range cocoSteps {
				for _, im := range images {
					im.match(area, float64(50+5*step)/100)
				}
				v, recall := cocoCurve(images, order, positives, reads[2])
				ap[k].Add(v, 1)
				ar[k].Add(recall, 1)
				if k > 0 {
					continue
				}
				byClass[class].Add(v, 1)
				byIoU[step].Add(v, 1)
				for i, n := range reads {
					_, recall := cocoCurve(images, order, positives, n)
					few[i].Add(recall, 1)
				}
			}
		}
	}
	c := COCO{
		AP: ap[0].Value(), Small: ap[1].Value(), Medium: ap[2].Value(), Large: ap[3].Value(),
		AR1: few[0].Value(), AR10: few[1].Value(), AR100: few[2].Value(),
		ARSmall: ar[1].Value(), ARMedium: ar[2].Value(), ARLarge: ar[3].Value(),
	}
	for _, m := range byClass {
		c.ByClass = append(c.ByClass, m.Value())
	}
	for _, m := range byIoU {
		c.ByIoU = append(c.ByIoU, m.Value())
	}
	c.AP50, c.AP75 = c.ByIoU[0], c.ByIoU[5]
	return c, nil
}

// cocoImage is what an image has of one class.
type cocoImage struct {
	truths  []Truth
	found   []Detection // by decreasing score
	overlap [][]float64 // [found, truths]
	// of the area asked for
	order   []int  // of truths, those that count first
	ignored []bool // truths that need not be found
	// of the threshold
	right, none []bool // detections that are right, that do not count
}

// cocoImages gathers truths and detections of a class by image, the images in
// order.
func cocoImages(truths []Truth, detections []Detection, class int) []*cocoImage {
	by := map[int]*cocoImage{}
	of := func(image int) *cocoImage {
		if by[image] == nil {
			by[image] = &cocoImage{}
		}
		return by[image]
	}
	for _, t := range truths {
		if t.Class == class {
			im := of(t.Image)
			im.truths = append(im.truths, t)
		}
	}
	most := cocoReads()[2]
	for _, d := range byScore(detections, class) {
		if im := of(d.Image); len(im.found) < most {
			im.found = append(im.found, d)
		}
	}
	names := make([]int, 0, len(by))
	for image := range by {
		names = append(names, image)
	}
	slices.Sort(names)
	images := make([]*cocoImage, len(names))
	for i, image := range names {
		im := by[image]
		images[i] = im
		im.overlap = make([][]float64, len(im.found))
		for k, d := range im.found {
			im.overlap[k] = make([]float64, len(im.truths))
			for j, t := range im.truths {
				if im.overlap[k][j] = overlap(d.Box, t.Box); t.Crowd {
					im.overlap[k][j] = within(d.Box, t.Box)
				}
			}
		}
		im.right, im.none = make([]bool, len(im.found)), make([]bool, len(im.found))
	}
	return images
}

// choose ignores crowds and truths of another area, and returns how many count.
func (im *cocoImage) choose(area [2]float64) (positives int) {
	im.order, im.ignored = im.order[:0], make([]bool, len(im.truths))
	var rest []int
	for j, t := range im.truths {
		if a := t.area(); t.Crowd || a < area[0] || a > area[1] {
			im.ignored[j] = true
			rest = append(rest, j)
			continue
		}
		im.order = append(im.order, j)
	}
	positives = len(im.order)
	im.order = append(im.order, rest...)
	return positives
}

// match says of each detection whether it is right, or does not count.
func (im *cocoImage) match(area [2]float64, minIoU float64) {
	taken := make([]bool, len(im.truths))
	for k, d := range im.found {
		best, bestIoU := -1, min(minIoU, 1-1e-10)
		for _, j := range im.order {
			if taken[j] && !im.truths[j].Crowd {
				continue
			}
			if best >= 0 && !im.ignored[best] && im.ignored[j] {
				break // one that counts comes before those that do not
			}
			if o := im.overlap[k][j]; o >= bestIoU {
				best, bestIoU = j, o
			}
		}
		if best >= 0 {
			taken[best] = true
			im.none[k], im.right[k] = im.ignored[best], !im.ignored[best]
			continue
		}
		a := d.area()
		im.none[k], im.right[k] = a < area[0] || a > area[1], false
	}
}

// place is where a detection stands: its image, its rank there.
type place struct{ image, rank int }

// cocoOrder returns the places of all detections by decreasing score; equal
// scores keep the order of images.
func cocoOrder(images []*cocoImage) []place {
	var order []place
	for i, im := range images {
		for k := range im.found {
			order = append(order, place{i, k})
		}
	}
	slices.SortStableFunc(order, func(a, b place) int {
		return cmp.Compare(images[b.image].found[b.rank].Score, images[a.image].found[a.rank].Score)
	})
	return order
}

// cocoCurve returns the mean of the envelope of precision at the recalls
// 0, 0.01, …, 1, and the largest recall, where most detections of an image are
// read.
func cocoCurve(images []*cocoImage, order []place, positives, most int) (ap, recall float64) {
	var right []bool
	for _, p := range order {
		if im := images[p.image]; p.rank < most && !im.none[p.rank] {
			right = append(right, im.right[p.rank])
		}
	}
	c := newPRCounts(right, positives)
	if n := len(c.tp); n > 0 {
		recall = ratio(c.tp[n-1], positives)
	}
	sum, i := 0.0, 0
	for k := range 101 {
		// The line is that of pycocotools, k times 0.01 in floating point: a
		// recall of 7/20 does not reach 0.35000000000000003.
		line := float64(k) * 0.01
		for i < len(c.tp) && ratio(c.tp[i], positives) < line {
			i++
		}
		if i < len(c.tp) {
			sum += c.best[i]
		}
	}
	return sum / 101, recall
}

// within is the share of a that lies in b.
func within(a, b Box) float64 {
	w := min(a[2], b[2]) - max(a[0], b[0])
	h := min(a[3], b[3]) - max(a[1], b[1])
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / a.area()
}

// area is that of a truth, as stated or of its box.
func (t Truth) area() float64 {
	if t.Area > 0 {
		return t.Area
	}
	return t.Box.area()
}

// area is that of a detection, as stated or of its box.
func (d Detection) area() float64 {
	if d.Area > 0 {
		return d.Area
	}
	return d.Box.area()
}

// WithoutAreas returns c with the measures by area undefined, for boxes that are
// not in pixels.
func (c COCO) WithoutAreas() COCO {
	for _, v := range []*float64{&c.Small, &c.Medium, &c.Large, &c.ARSmall, &c.ARMedium, &c.ARLarge} {
		*v = math.NaN()
	}
	return c
}
