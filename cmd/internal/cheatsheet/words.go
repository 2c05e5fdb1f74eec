package cheatsheet

import (
	"context"
	"fmt"
	"math"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/plot/tsne"
	wordvectors "github.com/hocsau/hocsau/solvers/words"
)

// words are the rows of §2.3.
func words() []Item {
	return []Item{
		{
			ID: "2.3a", Name: "1-hot representation", NameVI: "Biểu diễn 1-hot",
			About:   "A word is a vector of zeros with one 1 at its place in the vocabulary: it says which word, not what it is like.",
			AboutVI: "Một từ là một vector toàn số 0 với một số 1 ở vị trí của nó trong tập từ vựng: không cho biết các từ giống nhau thế nào.",
			Formula: "o_w ∈ {0, 1}^{|V|}, (o_w)_i = 1 ⇔ i = w",
			Symbol:  "datasets/text.Vocabulary.OneHot", Also: []string{"datasets/text.Vocabulary.ID"},
			Test: "datasets/text.TestSection2_3_OneHot", Show: "notebooks/09-words.ipynb",
			worked: func(Lang) (string, error) {
				v, err := bears()
				if err != nil {
					return "", err
				}
				o, err := v.OneHot("gấu")
				return fmt.Sprintf("V = %v: o_gấu = (%s)", v.Tokens(), nums(o...)), err
			},
		},
		{
			ID: "2.3b", Name: "Word embedding", NameVI: "Biểu diễn từ: word embedding",
			About:   "A word is a short dense vector; words that are used alike are near each other.",
			AboutVI: "Một từ là một vector ngắn; những từ được dùng giống nhau nằm gần nhau.",
			Formula: "e_w ∈ R^D, D ≪ |V|",
			Symbol:  "graph/nn.Embedding", Test: "graph.TestSection2_3_Embedding", Show: "hocsau train skipgram && hocsau embed nearest last dog",
			worked: func(Lang) (string, error) {
				d := newDesk()
				e := nn.NewEmbedding(d.g.Scope(), 5, 3, nn.EmbeddingOpts{})
				v, err := d.compute(e.Forward(d.ints("w", []int{2})))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("|V| = 5, D = 3, w = 2: e_w = (%s)", nums(v[0]...)), nil
			},
		},
		{
			ID: "2.3c", Name: "Embedding matrix", NameVI: "Embedding matrix (ma trận tham chiếu E)",
			About:   "E maps the 1-hot vector of a word to its embedding: a look-up of a row. It is learnt by target/context likelihood.",
			AboutVI: "E ánh xạ biểu diễn 1-hot của một từ sang embedding của nó. Học được bằng các mô hình target/context likelihood.",
			Formula: "e_w = E·o_w",
			Symbol:  "graph.Node.Embedding", Test: "graph.TestSection2_3_EmbeddingMatrix", Show: "notebooks/09-words.ipynb",
			worked: func(Lang) (string, error) {
				d := newDesk()
				rows := d.input("E", []float64{1, 2, 3, 4, 5, 6}, 3, 2)
				v, err := d.compute(rows.Embedding(d.ints("w", []int{1})), d.input("o", []float64{0, 1, 0}, 1, 3).MatMul(rows))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("Eᵀ = (1 2; 3 4; 5 6), o_w = (0, 1, 0): E·o_w = (%s) = (%s)", nums(v[1]...), nums(v[0]...)), nil
			},
		},
		{
			ID: "2.3d", Name: "Word2vec", NameVI: "Word2vec: huấn luyện mạng trên proxy task",
			About:     "A network learns which words surround which; what it learnt of the words is kept, the task is forgotten.",
			AboutVI:   "Ước lượng khả năng mà một từ cho trước được bao quanh bởi các từ khác; sau đó bóc tách các thể hiện cấp cao.",
			Formula:   "max_{E, θ} Σ log P(word | words around it), then keep E",
			FormulaVI: "max_{E, θ} Σ log P(từ | các từ xung quanh), rồi giữ lại E",
			Symbol:    "solvers/words.Word2Vec", Test: "solvers/words.TestTrain_findsGroups", Show: "hocsau train skipgram",
			worked: workedWord2Vec,
		},
		{
			ID: "2.3e", Name: "Skip-gram", NameVI: "Mô hình skip-gram",
			About:   "How likely is the target word t near the context word c? A softmax over all words, which is costly.",
			AboutVI: "Đánh giá khả năng target word t xảy ra với context word c. Cộng tổng tất cả các từ vựng khiến mô hình tốn nhiều chi phí tính toán.",
			Formula: "P(t|c) = exp(θ_tᵀe_c) / Σ_{j=1..|V|} exp(θ_jᵀe_c)",
			Symbol:  "losses.SkipGramProbability", Also: []string{"losses.SkipGram", "datasets/text.SkipgramPairs"},
			Test: "losses.TestSection2_3_SkipGram", Show: "hocsau train skipgram",
			worked: func(Lang) (string, error) {
				d := newDesk()
				e, theta := vectors(d)
				v, err := d.compute(losses.SkipGramProbability(e, theta, d.ints("c", []int{0})))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("e_c = (1, 0), θ = (0 0; ln 2 0; ln 5 0): P(t|c) = (%s)", nums(v[0]...)), nil
			},
		},
		{
			ID: "2.3f", Name: "CBOW", NameVI: "Mô hình CBOW (dự đoán từ nhờ các từ xung quanh)",
			About:   "The words around predict the word between them.",
			AboutVI: "Sử dụng các từ xung quanh để dự đoán một từ cho trước.",
			Formula: "P(t|c_1 … c_m) = softmax(θ·h)_t, h = 1/m · Σ e_c",
			Symbol:  "losses.CBOW", Also: []string{"losses.CBOWNegativeSampling"},
			Test: "losses.TestSection2_3_CBOW", Show: "hocsau train cbow",
			worked: func(Lang) (string, error) {
				d := newDesk()
				e, theta := vectors(d)
				v, err := d.compute(losses.CBOW(e, theta, d.ints("c", []int{0, 1}, 1, 2), d.ints("t", []int{2}), losses.CBOWOpts{}))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("e = (1, 0), (0, 1): h = (½, ½), P(t=3|c) = %s, ℓ = %s", num(math.Exp(-v[0][0])), num(v[0][0])), nil
			},
		},
		{
			ID: "2.3g", Name: "Negative sampling", NameVI: "Negative sampling: k negative examples và 1 positive example",
			About:   "In place of the softmax, yes-or-no questions: one positive example and k negative ones.",
			AboutVI: "Một tập các bộ phân loại nhị phân sử dụng logistic regression với k negative examples và 1 positive example; tốn ít chi phí tính toán hơn skip-gram.",
			Formula: "P(y=1|c, t) = σ(θ_tᵀe_c)",
			Symbol:  "losses.NegativeSamplingProbability", Also: []string{"losses.NegativeSampling"},
			Test: "losses.TestSection2_3_NegativeSampling", Show: "hocsau train skipgram",
			worked: func(Lang) (string, error) {
				d := newDesk()
				e, theta := vectors(d)
				c, t, k := d.ints("c", []int{0}), d.ints("t", []int{2}), d.ints("k", []int{0, 1}, 1, 2)
				v, err := d.compute(losses.NegativeSamplingProbability(e, theta, c, t), losses.NegativeSampling(e, theta, c, t, k, losses.Opts{}))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("θ_tᵀe_c = ln 5: P(y=1|c, t) = %s; k = 2: ℓ = %s", num(v[0][0]), num(v[1][0])), nil
			},
		},
		{
			ID: "2.3h", Name: "GloVe", NameVI: "Mô hình GloVe (ma trận đồng xuất hiện X)",
			About:   "Vectors whose products are the logarithms of how often words occur together.",
			AboutVI: "Kỹ thuật word embedding sử dụng ma trận đồng xuất hiện X, X_ij là số lần từ đích i xuất hiện tại ngữ cảnh j; f(0) = 0.",
			Formula: "J(θ) = ½ Σ_ij f(X_ij)(θ_iᵀe_j + b_i + b'_j − log X_ij)², e_w(final) = (e_w + θ_w)/2",
			Symbol:  "losses.GloVe", Also: []string{"losses.GloVeWeights", "losses.GloVeFinal", "solvers/words.GloVe"},
			Test: "losses.TestSection2_3_GloVe", Show: "hocsau train glove",
			worked: func(Lang) (string, error) {
				d := newDesk()
				theta, e := d.input("theta", []float64{1, 0, 0, 1}, 2, 2), d.input("e", []float64{2, 0, 0, 3}, 2, 2)
				b, x := d.input("b", []float64{0, 0}), d.input("x", []float64{0, 10, 100, 0}, 2, 2)
				v, err := d.compute(losses.GloVe(theta, e, b, b, x, losses.GloVeOpts{}), losses.GloVeWeights(x, losses.GloVeOpts{}), losses.GloVeFinal(e, theta))
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("X = (0 10; 100 0), θ = (1 0; 0 1), e = (2 0; 0 3), b = 0: f(X) = (%s), J = %s, e_1(final) = (%s)", nums(v[1]...), num(v[0][0]), nums(v[2][:2]...)), nil
			},
		},
	}
}

// bears is a small vocabulary.
func bears() (*text.Vocabulary, error) {
	return text.NewVocabulary(text.Counts{"chú": 4, "gấu": 3, "bông": 2, "đọc": 1}, text.VocabularyOptions{})
}

// vectors are three words: e has (1, 0), (0, 1), (0, 0), θ has (0, 0),
// (ln 2, 0), (ln 5, 0).
func vectors(d *desk) (e, theta *graph.Node) {
	return d.input("e", []float64{1, 0, 0, 1, 0, 0}, 3, 2), d.input("theta", []float64{0, 0, math.Ln2, 0, math.Log(5), 0}, 3, 2)
}

// workedWord2Vec learns a text of two topics that never meet.
func workedWord2Vec(l Lang) (string, error) {
	corpus := wordvectors.NewCorpus([]int64{100, 100, 100, 100})
	for i := range 100 {
		line := []int32{0, 1}
		if i%2 == 1 {
			line = []int32{2, 3}
		}
		if err := corpus.Add(append(line, line...)); err != nil {
			return "", err
		}
	}
	w, err := wordvectors.NewWord2Vec(corpus, wordvectors.Word2VecOptions{Dim: 8, Window: 2, Negative: 2, Sample: -1, Rate: 0.1, Epochs: 100, Seed: 1})
	if err != nil {
		return "", err
	}
	if err := w.Train(context.Background()); err != nil {
		return "", err
	}
	row := func(id int) []float64 {
		v := make([]float64, 8)
		for i := range v {
			v[i] = float64(w.Vectors()[8*id+i])
		}
		return v
	}
	inside, err := metrics.Cosine(row(0), row(1))
	if err != nil {
		return "", err
	}
	across, err := metrics.Cosine(row(0), row(2))
	return fmt.Sprintf(l.of("text \"a b a b\", \"c d c d\": cos(a, b) = %.2f, cos(a, c) = %.2f", "văn bản \"a b a b\", \"c d c d\": cos(a, b) = %.2f, cos(a, c) = %.2f"), inside, across), err
}

// likeness are the rows of §2.4.
func likeness() []Item {
	return []Item{
		{
			ID: "2.4a", Name: "Cosine similarity", NameVI: "Độ tương đồng cosine",
			About:   "How alike two words are: the cosine of the angle between their vectors.",
			AboutVI: "Độ tương đồng giữa các từ w_1 và w_2 là cosine của góc θ giữa chúng.",
			Formula: "similarity = w_1·w_2 / (‖w_1‖ ‖w_2‖) = cos(θ)",
			Symbol:  "metrics.Cosine", Also: []string{"metrics/words.Search"},
			Test: "metrics.TestSection2_4_Cosine", Show: "hocsau train skipgram && hocsau embed nearest last dog",
			worked: func(Lang) (string, error) {
				c, err := metrics.Cosine([]float64{1, 2}, []float64{2, 1})
				return fmt.Sprintf("w_1 = (1, 2), w_2 = (2, 1): %s, θ = %s°", num(c), num(math.Acos(c)*180/math.Pi)), err
			},
		},
		{
			ID: "2.4b", Name: "t-SNE", NameVI: "Kỹ thuật t-SNE (trực quan hóa trong không gian 2 chiều)",
			About:   "Places vectors of many dimensions on a plane, so that near ones stay near.",
			AboutVI: "Kỹ thuật nhằm giảm đi số chiều của không gian embedding, thường dùng để trực quan hóa các word vectors trong không gian 2 chiều.",
			Formula: "min_y KL(P‖Q), q_ij ∝ (1 + ‖y_i − y_j‖²)⁻¹",
			Symbol:  "plot/tsne.Embed", Test: "plot/tsne.TestEmbed_keepsClusters", Show: "hocsau train skipgram && hocsau embed map last",
			worked: workedTSNE,
		},
	}
}

// workedTSNE places two clusters of ten points in four dimensions on a plane.
func workedTSNE(l Lang) (string, error) {
	const n, dim = 20, 4
	x := make([]float64, n*dim)
	for i := range x {
		x[i] = math.Sin(float64(7*i)) + 10*float64(i/dim/(n/2))
	}
	y, err := tsne.Embed(context.Background(), x, dim, tsne.Options{Perplexity: 5, Exact: true, Steps: 300, Threads: 1})
	if err != nil {
		return "", err
	}
	mean := func(same bool) float64 {
		sum, count := 0.0, 0.0
		for i := range n {
			for j := range i {
				if (i/(n/2) == j/(n/2)) == same {
					sum, count = sum+math.Hypot(y[2*i]-y[2*j], y[2*i+1]-y[2*j+1]), count+1
				}
			}
		}
		return sum / count
	}
	return fmt.Sprintf(l.of("2 × 10 points, R⁴ → R²: distance between clusters / within = %.1f", "2 × 10 điểm, R⁴ → R²: khoảng cách giữa hai cụm / trong cụm = %.1f"), mean(false)/mean(true)), nil
}
