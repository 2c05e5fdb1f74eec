package metrics

import (
	"cmp"
	"math"
	"slices"
)

// A VOC is the average precision by the rules of PASCAL VOC, by class and as
// mean over the classes that have a truth; the others are NaN.
type VOC struct {
	// AP is the area under the monotone envelope of precision over recall
	// (VOC 2010 and later), MAP its mean.
	AP  []float64
	MAP float64
	// AP11 is the mean of the largest precision at recall ≥ 0, 0.1, …, 1
	// (VOC 2007), MAP11 its mean.
	AP11  []float64
	MAP11 float64
}

// NewVOC compares detections with truths. By decreasing score, a detection is
// right when its best-overlapping truth of image and class, taken or not,
// has IoU ≥ minIoU (usually 0.5) and was not taken before; one whose best
// truth is difficult does not count, nor one that is not right and lies in a
// crowd by the share minIoU of its own area. Equal scores keep their order.
//
// Source: the VOC development kit, without its +1 of pixel boxes.
func NewVOC(truths []Truth, detections []Detection, classes int, minIoU float64) (VOC, error) {
	if err := checkDetections(truths, detections, classes); err != nil {
		return VOC{}, err
	}
	var v VOC
	var mean, mean11 Mean
	for class := range classes {
		right, positives := vocMatch(truths, detections, class, minIoU)
		if positives == 0 {
			v.AP = append(v.AP, math.NaN())
			v.AP11 = append(v.AP11, math.NaN())
			continue
		}
		c := newPRCounts(right, positives)
		v.AP = append(v.AP, c.area())
		v.AP11 = append(v.AP11, c.sampled(10))
		mean.Add(c.area(), 1)
		mean11.Add(c.sampled(10), 1)
	}
	v.MAP, v.MAP11 = mean.Value(), mean11.Value()
	return v, nil
}

// vocMatch returns for the detections of a class that count, by decreasing
// score, whether each is right, and the number of truths to be found.
func vocMatch(truths []Truth, detections []Detection, class int, minIoU float64) (right []bool, positives int) {
	byImage, crowds := map[int][]int{}, map[int][]Box{}
	for i, t := range truths {
		switch {
		case t.Class != class:
		case t.Crowd:
			crowds[t.Image] = append(crowds[t.Image], t.Box)
		default:
			byImage[t.Image] = append(byImage[t.Image], i)
			if !t.Difficult {
				positives++
			}
		}
	}
	taken := make([]bool, len(truths))
	for _, d := range byScore(detections, class) {
		best, bestIoU := -1, 0.0
		for _, i := range byImage[d.Image] {
			if o := overlap(d.Box, truths[i].Box); best < 0 || o > bestIoU {
				best, bestIoU = i, o
			}
		}
		hit := best >= 0 && bestIoU >= minIoU
		if hit && truths[best].Difficult {
			continue
		}
		if !hit && slices.ContainsFunc(crowds[d.Image], func(c Box) bool { return within(d.Box, c) >= minIoU }) {
			continue
		}
		right = append(right, hit && !taken[best])
		if hit {
			taken[best] = true
		}
	}
	return right, positives
}

// VOCCurve returns precision over recall of a class by the rules of [NewVOC],
// one point for each detection that counts, by decreasing score; nothing where
// the class has no truth.
func VOCCurve(truths []Truth, detections []Detection, class int, minIoU float64) (recall, precision []float64) {
	right, positives := vocMatch(truths, detections, class, minIoU)
	if positives == 0 {
		return nil, nil
	}
	tp := 0
	for i, ok := range right {
		if ok {
			tp++
		}
		recall = append(recall, ratio(tp, positives))
		precision = append(precision, ratio(tp, i+1))
	}
	return recall, precision
}

// byScore returns the detections of a class by decreasing score.
func byScore(detections []Detection, class int) []Detection {
	mine := slices.DeleteFunc(slices.Clone(detections), func(d Detection) bool { return d.Class != class })
	slices.SortStableFunc(mine, func(a, b Detection) int { return cmp.Compare(b.Score, a.Score) })
	return mine
}

// A prCounts is a curve of precision over recall in whole numbers: after
// detection i, tp[i] of positives are found and best[i] is the largest
// precision from there on.
type prCounts struct {
	tp        []int
	best      []float64
	positives int
}

func newPRCounts(right []bool, positives int) prCounts {
	c := prCounts{make([]int, len(right)), make([]float64, len(right)), positives}
	tp := 0
	for i, ok := range right {
		if ok {
			tp++
		}
		c.tp[i] = tp
		c.best[i] = ratio(tp, i+1)
	}
	for i := len(right) - 2; i >= 0; i-- {
		c.best[i] = max(c.best[i], c.best[i+1])
	}
	return c
}

// area is the area under the envelope.
func (c prCounts) area() float64 {
	area, before := 0.0, 0
	for i, tp := range c.tp {
		area += float64(tp-before) / float64(c.positives) * c.best[i]
		before = tp
	}
	return area
}

// sampled is the mean of the envelope at the recalls 0, 1/n, …, 1, each read at
// the first point that reaches it. Whole numbers keep 3/10 from being missed
// by 0.30000000000000004.
func (c prCounts) sampled(n int) float64 {
	sum, i := 0.0, 0
	for k := range n + 1 {
		for i < len(c.tp) && c.tp[i]*n < k*c.positives {
			i++
		}
		if i < len(c.tp) {
			sum += c.best[i]
		}
	}
	return sum / float64(n+1)
}
