package ngram

import (
	"github.com/pkg/errors"
)

// Model is a language model: the chance of a word after others.
type Model interface {
	// Prob returns P(word | context). Of the context the last n − 1 words count; unseen words are read as <UNK>.
	Prob(context []string, word string) float64
	// Counts returns what the model was made of.
	Counts() *Counts
}

// MLE is the estimate of largest likelihood,
//
//	P(w | c) = count(c w) / count(c)
//
// 0 after an unseen context.
type MLE struct{ c *Counts }

// NewMLE returns the estimate of c.
func NewMLE(c *Counts) MLE { return MLE{c} }

// Counts implements Model.
func (m MLE) Counts() *Counts { return m.c }

// Prob implements Model.
func (m MLE) Prob(context []string, word string) float64 {
	at := m.c.context(context)
	if at < 0 || m.c.nodes[at].after == 0 {
		return 0
	}
	return float64(m.c.countAfter(at, word)) / float64(m.c.nodes[at].after)
}

// countAfter returns how often word follows the context at.
func (c *Counts) countAfter(at int32, word string) int32 {
	if n := c.child(at, c.id(word)); n >= 0 {
		return c.nodes[n].count
	}
	return 0
}

// AddK is the estimate
//
//	P(w | c) = (count(c w) + k) / (count(c) + k·V)
//
// with the size V of the vocabulary; k = 1 is Laplace's.
type AddK struct {
	c *Counts
	k float64
}

// NewAddK returns the estimate of c for k > 0.
func NewAddK(c *Counts, k float64) (AddK, error) {
	if !(k > 0) {
		return AddK{}, errors.Errorf("add-k: k: found %v, expected more than 0", k)
	}
	return AddK{c, k}, nil
}

// Counts implements Model.
func (m AddK) Counts() *Counts { return m.c }

// Prob implements Model.
func (m AddK) Prob(context []string, word string) float64 {
	seen, all := 0.0, 0.0
	if at := m.c.context(context); at >= 0 {
		seen, all = float64(m.c.countAfter(at, word)), float64(m.c.nodes[at].after)
	}
	return (seen + m.k) / (all + m.k*float64(len(m.c.words)))
}

// KneserNey is the interpolated estimate with absolute discount. Let N(g) be the number of distinct words seen
// before the n-gram g, F the set of those seen after the context c, V the size of the vocabulary without <s>. Then
//
//	P(w)     = max(N(w) − d, 0)/den + d·|F|/den · 1/V
//	P(w | c) = max(num(w) − d, 0)/den + d·|F|/den · P(w | c without its first word)
//
// with num(w) = count(c w), den = Σ_f count(c f) for a context of n − 1 words, num(w) = N(c w), den = Σ_f N(c f) for a
// shorter one. After an unseen context it is P(w | c without its first word). <UNK> is a word that is never seen, whose
// probability is above 0 so; <s> has none.
//
// Source: R. Kneser, H. Ney 1995; S. Chen, J. Goodman 1999 eq. 20; the share 1/V as in K. Heafield 2013 §3, which
// other implementations leave out, see [NewNLTKKneserNey].
type KneserNey struct {
	// Proper leaves words with num(w) = 0 out of F, so that P sums to 1; it counts for the form of nltk alone, the
	// other is always so.
	Proper bool
	c      *Counts
	nltk   bool
	// discounts[k] are those of num = 1, 2, 3 or more after a context of k words
	discounts [][3]float64
}

// NewKneserNey returns the estimate of c, of order 2 or more, with one discount d in [0, 1] for all.
func NewKneserNey(c *Counts, discount float64) (KneserNey, error) {
	if c.order < 2 {
		return KneserNey{}, errors.New("Kneser-Ney: n-grams of order 1, expected 2 or more")
	}
	if !(discount >= 0 && discount <= 1) {
		return KneserNey{}, errors.Errorf("Kneser-Ney: discount: found %v, expected 0 to 1", discount)
	}
	m := KneserNey{Proper: true, c: c}
	for range c.order {
		m.discounts = append(m.discounts, [3]float64{discount, discount, discount})
	}
	return m, nil
}

// NewNLTKKneserNey returns the estimate as nltk has it: P(w) = N(w) / number of distinct bigrams, so that unseen words
// are impossible, and F holds words that no discount was taken from: after <s> alone the mark <s>, before which nothing
// stands, so that P sums to more than 1 unless it is Proper.
func NewNLTKKneserNey(c *Counts, discount float64) (KneserNey, error) {
	m, err := NewKneserNey(c, discount)
	m.nltk, m.Proper = true, false
	return m, err
}

// NewModifiedKneserNey returns the estimate with discounts of its own for num = 1, 2, 3 or more after contexts of each
// length, estimated from how many n-grams have num = 1, 2, 3, 4.
//
//	Y = n_1/(n_1 + 2·n_2),  d_k = k − (k + 1)·Y·n_{k+1}/n_k
//
// Source: S. Chen, J. Goodman 1999, eq. 26.
func NewModifiedKneserNey(c *Counts) (KneserNey, error) {
	m, err := NewKneserNey(c, 0.75)
	if err != nil {
		return m, err
	}
	counts := make([][5]float64, c.order) // of n-grams of k + 1 words by num
	for i := range c.nodes[1:] {
		n := &c.nodes[i+1]
		if n.num < 5 && n.word != c.ids[Begin] {
			counts[c.depth(int32(i+1))-1][n.num]++
		}
	}
	for k := range m.discounts {
		n := counts[k]
		y := n[1] / (n[1] + 2*n[2])
		for j := 1; j <= 3; j++ {
			// a small text may lack n-grams of some num; then the default stays
			if d := float64(j) - float64(j+1)*y*n[j+1]/n[j]; d > 0 && d <= float64(j) {
				m.discounts[k][j-1] = d
			}
		}
	}
	return m, nil
}

func (c *Counts) depth(at int32) int {
	d := 0
	for ; at != root; at = c.nodes[at].parent {
		d++
	}
	return d
}

// Counts implements Model.
func (m KneserNey) Counts() *Counts { return m.c }

// Prob implements Model.
func (m KneserNey) Prob(context []string, word string) float64 {
	c, w := m.c, m.c.id(word)
	begin := c.ids[Begin]
	if w == begin && !m.nltk {
		return 0
	}
	context = context[max(0, len(context)-c.order+1):]
	share, rest := 0.0, 1.0 // P = share + rest · P(w | what is left of the context)
	for {
		if at := c.context(context); at >= 0 {
			if m.nltk && len(context) == 0 {
				break
			}
			n, d := c.nodes[at], &m.discounts[len(context)]
			if !m.nltk { // <s> is never foretold
				if i := c.child(at, begin); i >= 0 {
					n.leaveOut(c.nodes[i].num)
				}
			}
			if n.total > 0 {
				den := float64(n.total)
				if next := c.child(at, w); next >= 0 {
					if num := c.nodes[next].num; num > 0 {
						share += rest * max(float64(num)-d[min(num, 3)-1], 0) / den
					}
				}
				followers := n.children
				if m.Proper {
					followers = n.some
				}
				rest *= (d[0]*float64(n.ones) + d[1]*float64(n.twos) + d[2]*float64(followers-n.ones-n.twos)) / den
			}
		}
		if len(context) == 0 {
			break
		}
		context = context[1:]
	}
	if !m.nltk {
		return share + rest/float64(len(c.words)-1)
	}
	if next := c.child(root, w); next >= 0 {
		share += rest * float64(c.nodes[next].num) / float64(c.nodes[root].total)
	}
	return share
}

// leaveOut takes a child of that num out of the sums.
func (n *node) leaveOut(num int32) {
	if num == 0 {
		return
	}
	n.total -= num
	n.some--
	switch num {
	case 1:
		n.ones--
	case 2:
		n.twos--
	}
}
