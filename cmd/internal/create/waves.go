package create

import (
	"math"

	"github.com/hocsau/hocsau/datasets/image"
)

// waves draws a picture with a style of its own: bands of blue and yellow that
// bend around three centres.
func waves(side int) *image.Picture {
	p := &image.Picture{Pix: make([]float32, 3*side*side), Channels: 3, Height: side, Width: side}
	centres := [][2]float64{{0.25, 0.3}, {0.7, 0.2}, {0.6, 0.75}}
	night, light := [3]float64{0.05, 0.15, 0.45}, [3]float64{0.95, 0.8, 0.25}
	for y := range side {
		for x := range side {
			u, v := float64(x)/float64(side), float64(y)/float64(side)
			phase := 6 * v
			for _, c := range centres {
				dx, dy := u-c[0], v-c[1]
				phase += 1.5*u + 3*math.Exp(-20*(dx*dx+dy*dy))
			}
			t := 0.5 + 0.5*math.Sin(7*phase)
			t = t * t * (3 - 2*t) // flat bands with soft edges
			for k := range 3 {
				p.Pix[(k*side+y)*side+x] = float32(night[k] + t*(light[k]-night[k]))
			}
		}
	}
	return p
}
