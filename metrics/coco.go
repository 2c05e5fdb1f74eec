package metrics

// maxDetections is how many detections of a class COCO reads in one image.
const maxDetections = 100

// A COCO is the average precision by the rules of COCO: the mean over the
// classes that have a truth, of precision read at the recalls 0, 0.01, …, 1.
// What no truth speaks of is NaN.
type COCO struct {
	AP      float64   // mean over IoU 0.50, 0.55, …, 0.95
	AP50    float64   // IoU 0.50
	AP75    float64   // IoU 0.75
	ByClass []float64 // AP by class
	ByIoU   []float64 // mean over classes, by IoU from 0.50 in steps of 0.05
}

// NewCOCO compares detections with truths. In each image, by decreasing score,
// a detection takes the free truth of its class with the largest IoU ≥ the
// threshold; at most 100 detections a class and image are read. Truths marked
// difficult count like others.
//
// Source: pycocotools' COCOeval, area "all", 100 detections.
func NewCOCO(truths []Truth, detections []Detection, classes int) (COCO, error) {
	if err := checkDetections(truths, detections, classes); err != nil {
		return COCO{}, err
	}
	const steps = 10
	byClass, byIoU := make([]Mean, classes), make([]Mean, steps)
	var all Mean
	for class := range classes {
		images := map[int][]Box{}
		positives := 0
		for _, t := range truths {
			if t.Class == class {
				images[t.Image] = append(images[t.Image], t.Box)
				positives++
			}
		}
		if positives == 0 {
			continue
		}
		found := firstInImage(byScore(detections, class), maxDetections)
		for k := range steps {
			right := cocoMatch(images, found, float64(50+5*k)/100)
			ap := newPRCounts(right, positives).sampled(100)
			byClass[class].Add(ap, 1)
			byIoU[k].Add(ap, 1)
			all.Add(ap, 1)
		}
	}
	c := COCO{AP: all.Value()}
	for _, m := range byClass {
		c.ByClass = append(c.ByClass, m.Value())
	}
	for _, m := range byIoU {
		c.ByIoU = append(c.ByIoU, m.Value())
	}
	c.AP50, c.AP75 = c.ByIoU[0], c.ByIoU[5]
	return c, nil
}

// firstInImage keeps the first n detections of each image.
func firstInImage(detections []Detection, n int) []Detection {
	seen := map[int]int{}
	var kept []Detection
	for _, d := range detections {
		if seen[d.Image] < n {
			kept = append(kept, d)
		}
		seen[d.Image]++
	}
	return kept
}

// cocoMatch says of each detection whether it takes a free truth.
func cocoMatch(images map[int][]Box, detections []Detection, minIoU float64) []bool {
	taken := map[int][]bool{}
	for image, boxes := range images {
		taken[image] = make([]bool, len(boxes))
	}
	right := make([]bool, len(detections))
	for i, d := range detections {
		best, bestIoU := -1, minIoU
		for k, box := range images[d.Image] {
			if o := overlap(d.Box, box); o >= bestIoU && !taken[d.Image][k] {
				best, bestIoU = k, o
			}
		}
		if best >= 0 {
			taken[d.Image][best] = true
			right[i] = true
		}
	}
	return right
}
