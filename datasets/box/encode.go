package box

import (
	"math"

	"github.com/pkg/errors"
)

// Encode returns what an R-CNN's box regression has to say to turn the proposal into the truth,
//
//	t = ((g_x − p_x)/p_w, (g_y − p_y)/p_h, log(g_w/p_w), log(g_h/p_h))
//
// with the middles (x, y), widths w, heights h of the truth g, the proposal p.
//
// Source: arXiv:1311.2524, appendix C.
func Encode(proposal, truth Box) ([4]float64, error) {
	if !proposal.Valid() || !truth.Valid() {
		return [4]float64{}, errors.Errorf("encode: proposal %v, truth %v: expected areas above 0", proposal, truth)
	}
	p, g := proposal.Center(), truth.Center()
	return [4]float64{(g.X - p.X) / p.W, (g.Y - p.Y) / p.H, math.Log(g.W / p.W), math.Log(g.H / p.H)}, nil
}

// Decode applies t to the proposal: Decode(p, Encode(p, g)) is g. A side grows by the factor 1000/16 at most,
// so that an untrained net makes no infinite box.
func Decode(proposal Box, t [4]float64) Box {
	most := math.Log(1000.0 / 16)
	p := proposal.Center()
	return Center{
		X: p.X + p.W*t[0], Y: p.Y + p.H*t[1],
		W: p.W * math.Exp(min(t[2], most)), H: p.H * math.Exp(min(t[3], most)),
	}.Box()
}
