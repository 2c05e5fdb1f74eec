package plot

import "github.com/pkg/errors"

// Heat lays the values heat [H, W] over the picture [C, H, W], grey or RGB, with
// values between 0 and 1: [3, H, W], half picture, half a colour from blue, for
// 0, over green and yellow to red, for the largest value.
func Heat(picture, heat []float32, shape [3]int) ([]float32, error) {
	c, area := shape[0], shape[1]*shape[2]
	if c != 1 && c != 3 || len(picture) != c*area || len(heat) != area {
		return nil, errors.Errorf("heat: %d values over a picture of %d, expected %d over %d for shape %v", len(heat), len(picture), area, c*area, shape)
	}
	top := float32(0)
	for _, v := range heat {
		top = max(top, v)
	}
	out := make([]float32, 3*area)
	for i := range area {
		share := float32(0)
		if top > 0 {
			share = max(0, heat[i]) / top
		}
		for k, v := range warm(share) {
			out[k*area+i] = (picture[(k%c)*area+i] + v) / 2
		}
	}
	return out, nil
}

// warm is the colour of a share between 0 and 1.
func warm(share float32) [3]float32 {
	ramp := func(centre float32) float32 { // 1 about the centre, 0 from 1/2 away
		d := share - centre
		if d < 0 {
			d = -d
		}
		return min(1, max(0, 1.5-4*d))
	}
	return [3]float32{ramp(0.75), ramp(0.5), ramp(0.25)}
}
