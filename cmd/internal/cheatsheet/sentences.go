package cheatsheet

import (
	"fmt"
	"math"
	"strings"

	"github.com/hocsau/hocsau/datasets/text/ngram"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn/recurrent"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/zoo/decode"
)

// sentences are the rows of §2.5.
func sentences() []Item {
	return []Item{
		{
			ID: "2.5a", Name: "Language model", NameVI: "Tổng quan: mô hình ngôn ngữ",
			About:   "Estimates the probability of a sentence.",
			AboutVI: "Một mô hình ngôn ngữ dự đoán xác suất của một câu.",
			Formula: "P(y) = Π_t P(y<t> | y<1>, …, y<t−1>)",
			Symbol:  "zoo.LanguageModel", Also: []string{"datasets/text/ngram.LogProb"},
			Test: "zoo.TestSequences_learnOneBatch", Show: "hocsau train lm --epochs 1",
			worked: func(Lang) (string, error) {
				m, err := bigrams()
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("P(%s) = %s", "the bear reads", num(math.Exp(ngram.LogProb(m, strings.Fields("the bear reads"))))), nil
			},
		},
		{
			ID: "2.5b", Name: "n-gram model", NameVI: "Mô hình n-gram",
			About:   "The naive way: count how often the words occur one after the other in the training text.",
			AboutVI: "Cách tiếp cận naive: định lượng xác suất bằng cách đếm số lần xuất hiện trong tập dữ liệu huấn luyện.",
			Formula: "P(w | c) = count(c w) / count(c)",
			Symbol:  "datasets/text/ngram.MLE", Also: []string{"datasets/text/ngram.AddK", "datasets/text/ngram.KneserNey"},
			Test: "datasets/text/ngram.TestSection2_5_NGramModel", Show: "notebooks/10-language-models.ipynb",
			worked: func(Lang) (string, error) {
				m, err := bigrams()
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("\"the bear reads\", \"the bear sleeps\", \"the dog sleeps\": P(bear|the) = %s, P(sleeps|bear) = %s",
					num(m.Prob([]string{"the"}, "bear")), num(m.Prob([]string{"bear"}, "sleeps"))), nil
			},
		},
		{
			ID: "2.5c", Name: "Perplexity", NameVI: "Độ hỗn tạp (perplexity)",
			About:   "How many equally likely words the model hesitates between; the lower the better.",
			AboutVI: "Nghịch đảo xác suất của tập dữ liệu được chuẩn hóa bởi số lượng các từ T; độ hỗn tạp càng thấp thì càng tốt.",
			Formula: "PP = Π_{t=1..T} (1 / Σ_j y_j<t>·ŷ_j<t>)^{1/T}",
			Symbol:  "metrics.Perplexity", Also: []string{"datasets/text/ngram.Perplexity"},
			Test: "metrics.TestSection2_5_Perplexity", Show: "hocsau train lm --epochs 1",
			worked: func(Lang) (string, error) {
				pp, err := metrics.Perplexity([]float64{math.Log(0.5), math.Log(0.25), math.Log(0.25)})
				return fmt.Sprintf("ŷ = 0.5, 0.25, 0.25: PP = %s", num(pp)), err
			},
		},
	}
}

// bigrams counts pairs of words in three sentences.
func bigrams() (ngram.MLE, error) {
	c, err := ngram.Train(2, [][]string{{"the", "bear", "reads"}, {"the", "bear", "sleeps"}, {"the", "dog", "sleeps"}})
	if err != nil {
		return ngram.MLE{}, err
	}
	return ngram.NewMLE(c), nil
}

// translation are the rows of §2.6.
func translation() []Item {
	return []Item{
		{
			ID: "2.6a", Name: "Machine translation", NameVI: "Tổng quan: dịch máy là mô hình ngôn ngữ có điều kiện",
			About:   "A language model with an encoder before it; sought is the most probable sentence y given x.",
			AboutVI: "Tương tự với mô hình ngôn ngữ ngoại trừ nó có một mạng encoder được đặt phía trước. Mục tiêu là tìm câu văn y có xác suất lớn nhất.",
			Formula: "y = argmax_{y<1>, …, y<T_y>} P(y<1>, …, y<T_y> | x)",
			Symbol:  "solvers/train.Translator", Also: []string{"zoo.Seq2Seq", "zoo/decode.Score"},
			Test: "solvers/train.TestTranslation_learns", Show: "hocsau train seq2seq-attention --epochs 1",
			worked: func(Lang) (string, error) {
				log, err := decode.Score(tree{}, treeSentences(2), [][]int{{1, 3, 0}, {2, 3, 0}})
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("P(a c|x) = %s, P(b c|x) = %s: y = b c", num(math.Exp(log[0])), num(math.Exp(log[1]))), nil
			},
		},
		{
			ID: "2.6b", Name: "Beam search", NameVI: "Tìm kiếm beam",
			About:     "Keeps the B likeliest beginnings at each step. B = 1 is greedy; a large B finds better sentences and takes more time and memory.",
			AboutVI:   "Giữ top B các tổ hợp ở mỗi bước. B = 1 tương đương với tìm kiếm tham lam; B lớn cho kết quả tốt hơn nhưng chậm và tốn bộ nhớ hơn.",
			Formula:   "1: top B of y<1>; 2: P(y<k> | x, y<1>, …, y<k−1>); 3: top B of x, y<1>, …, y<k>",
			FormulaVI: "1: top B các từ y<1>; 2: P(y<k> | x, y<1>, …, y<k−1>); 3: top B các tổ hợp x, y<1>, …, y<k>",
			Symbol:    "zoo/decode.Beam", Also: []string{"zoo/decode.Greedy"},
			Test: "zoo/decode.TestBeam_widthOneIsGreedy", Show: "hocsau train seq2seq-attention --epochs 1 && hocsau translate last 'ngày 4 tháng 3 năm 1999' --beam 3 --nbest 3",
			worked: func(Lang) (string, error) {
				var parts []string
				for _, b := range []int{1, 2} {
					found, err := decode.Beam(tree{}, treeSentences(1), decode.BeamOptions{Width: b, NBest: 1})
					if err != nil {
						return "", err
					}
					parts = append(parts, fmt.Sprintf("B = %d: %s, P = %s", b, spelt(found[0][0].Text()), num(math.Exp(found[0][0].LogProb))))
				}
				return strings.Join(parts, "; "), nil
			},
		},
		{
			ID: "2.6c", Name: "Length normalisation", NameVI: "Chuẩn hóa độ dài",
			About:   "Without it short sentences win, since each word makes a sentence less probable. α lies between 0.5 and 1.",
			AboutVI: "Cải thiện tính ổn định của beam search; tham số α là softener, giá trị thường nằm trong đoạn 0.5 và 1.",
			Formula: "1/T_y^α · Σ_{t=1..T_y} log P(y<t> | x, y<1>, …, y<t−1>)",
			Symbol:  "zoo/decode.BeamOptions", Test: "zoo/decode.TestSection2_6_LengthNormalisation",
			Show: "hocsau train seq2seq-attention --epochs 1 && hocsau translate last 'ngày 4 tháng 3 năm 1999' --alpha 0.7 --nbest 2",
			worked: func(Lang) (string, error) {
				var parts []string
				for _, alpha := range []float64{0, 0.7, 1} {
					found, err := decode.Beam(tree{}, treeSentences(1), decode.BeamOptions{Width: 2, Alpha: alpha, NBest: 1})
					if err != nil {
						return "", err
					}
					parts = append(parts, fmt.Sprintf("α = %g: %s", alpha, num(found[0][0].Objective)))
				}
				return "b c, T_y = 3; " + strings.Join(parts, "; "), nil
			},
		},
		{
			ID: "2.6d", Name: "Error analysis", NameVI: "Phân tích lỗi",
			About:     "Of a bad translation ŷ and a good one y*: if the model prefers y*, the search is at fault, take a wider beam; else the RNN: another architecture, regularisation, more data.",
			AboutVI:   "So sánh bản dịch tồi ŷ với bản dịch tốt y*: nếu mô hình cho y* xác suất cao hơn thì lỗi beam search, cần tăng beam width; nếu không thì lỗi RNN: thử kiến trúc khác, chính quy, lấy nhiều dữ liệu hơn.",
			Formula:   "P(y*|x) > P(ŷ|x): beam search at fault; P(y*|x) ≤ P(ŷ|x): RNN at fault",
			FormulaVI: "P(y*|x) > P(ŷ|x): lỗi beam search; P(y*|x) ≤ P(ŷ|x): lỗi RNN",
			Symbol:    "zoo/decode.Blame", Also: []string{"zoo/decode.Analyse", "zoo/decode.Cause.Remedies"},
			Test: "zoo/decode.TestSection2_6_ErrorAnalysis", Show: "hocsau train seq2seq --epochs 1 && hocsau eval last --analyse",
			worked: func(l Lang) (string, error) {
				cause := func(star, found float64) string {
					c := decode.Blame(math.Log(star), math.Log(found))
					blamed := map[decode.Cause]string{decode.SearchFault: "lỗi beam search", decode.ModelFault: "lỗi RNN"}
					return fmt.Sprintf("P(y*|x) = %s, P(ŷ|x) = %s: %s", num(star), num(found), l.of(c.String()+" → "+strings.Join(c.Remedies(), ", "), blamed[c]))
				}
				return cause(0.36, 0.3) + "; " + cause(0.3, 0.36), nil
			},
		},
		{
			ID: "2.6e", Name: "BLEU score", NameVI: "Điểm Bleu (bilingual evaluation understudy)",
			About:   "How many n-grams of a translation are in the reference, each counted as often as there. A brevity penalty keeps short ones from winning. The cheatsheet's form has no logarithm; the usual one is here, too.",
			AboutVI: "Định lượng mức độ tốt của dịch máy bằng độ tương đồng dựa trên n-gram. Một mức phạt độ ngắn tránh thổi phồng giá trị bleu score. Bản in không có logarit; ở đây có cả dạng thường dùng.",
			Formula: "bleu = exp(1/n · Σ_{k=1..n} p_k), p_n = Σ count_clip(n-gram) / Σ count(n-gram)",
			Symbol:  "metrics.CheatsheetBLEU", Also: []string{"metrics.SentenceBLEU", "metrics.CorpusBLEU"},
			Test: "metrics.TestSection2_6_BLEU", Show: "notebooks/11-translation.ipynb",
			worked: func(l Lang) (string, error) {
				hypothesis, reference := strings.Fields("the cat sat on the mat"), [][]string{strings.Fields("the cat is on the mat")}
				score, p, err := metrics.CheatsheetBLEU(hypothesis, reference, 2)
				if err != nil {
					return "", err
				}
				usual, err := metrics.SentenceBLEU(hypothesis, reference, metrics.BLEUOpts{MaxOrder: 2})
				return fmt.Sprintf(l.of("\"the cat sat on the mat\" for \"the cat is on the mat\", n = 2: p = %s, bleu = %s; usual form %s of 100", "\"the cat sat on the mat\" so với \"the cat is on the mat\", n = 2: p = %s, bleu = %s; dạng thường dùng %s trên 100"),
					nums(p...), num(score), num(usual.Score)), err
			},
		},
	}
}

// tree is a decoder of the words end, a, b, c, on which greed does not pay:
//
//	a 0.6, b 0.4; after a: end 0.5, c 0.5; after b: c 0.9, end 0.1; after c: end
type tree struct{}

func (tree) Words() int { return 4 }

func (tree) Step(t int, rows []decode.Row, logp []float64) error {
	for i, r := range rows {
		p := [4]float64{1, 0, 0, 0}
		switch {
		case t == 0:
			p = [4]float64{0, 0.6, 0.4, 0}
		case r.Word == 1:
			p = [4]float64{0.5, 0, 0, 0.5}
		case r.Word == 2:
			p = [4]float64{0.1, 0, 0, 0.9}
		}
		for w, v := range p {
			logp[4*i+w] = math.Log(v)
		}
	}
	return nil
}

func treeSentences(n int) []decode.Sentence {
	list := make([]decode.Sentence, n)
	for i := range list {
		list[i] = decode.Sentence{Start: 0, End: 0, MaxLen: 5}
	}
	return list
}

// spelt writes words of a tree.
func spelt(ids []int) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string("·abc"[len("·")-1+id])
	}
	return strings.Join(words, " ")
}

// attention are the rows of §2.7.
func attention() []Item {
	return []Item{
		{
			ID: "2.7a", Name: "Attention model", NameVI: "Mô hình chú ý (attention model)",
			About:   "Each output looks at the parts of the input that matter to it: in translation, in describing a picture.",
			AboutVI: "Cho phép một RNN tập trung vào các phần cụ thể của đầu vào được xem xét là quan trọng; dùng trong chú thích ảnh và dịch máy.",
			Formula: "c<t> = Σ_t' α<t,t'>·a<t'>, Σ_t' α<t,t'> = 1",
			Symbol:  "graph/nn/recurrent.Attention", Also: []string{"zoo.Captioner", "plot.AttentionMap"},
			Test: "graph/nn/recurrent.TestSection2_7_Attention",
			Show: "hocsau train seq2seq-attention --epochs 1 && hocsau translate last 'ngày 4 tháng 3 năm 1999' --plot attention.png",
			worked: func(Lang) (string, error) {
				d := newDesk()
				att := recurrent.NewAttention(d.g.Scope(), recurrent.Dot, 2, 2, 0)
				memory := att.Remember(d.input("a", []float64{1, 0, 0, 1}, 1, 2, 2), nil)
				c, alpha := att.Attend(d.input("s", []float64{math.Log(3), 0}, 1, 1, 2), memory)
				v, err := d.compute(alpha, c)
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("a<1> = (1, 0), a<2> = (0, 1), s = (ln 3, 0), e = sᵀa: α = (%s), c = (%s)", nums(v[0]...), nums(v[1]...)), nil
			},
		},
		{
			ID: "2.7b", Name: "Attention weight", NameVI: "Trọng số chú ý α<t,t'> (attention weight)",
			About:   "How much attention output t pays to state t'. The cost is quadratic in T_x.",
			AboutVI: "Sự chú ý mà đầu ra y<t> nên có với hàm kích hoạt a<t'>. Độ phức tạp tính toán là bậc hai đối với T_x.",
			Formula: "α<t,t'> = exp(e<t,t'>) / Σ_{t''=1..T_x} exp(e<t,t''>)",
			Symbol:  "graph/nn/recurrent.Weights", Also: []string{"graph.Node.MaskedSoftmax"},
			Test: "graph.TestMaskedSoftmax", Show: "notebooks/11-translation.ipynb",
			worked: func(Lang) (string, error) {
				d := newDesk()
				v, err := d.compute(recurrent.Weights(d.input("e", []float64{0, math.Ln2, math.Log(5)}, 1, 3), nil))
				if err != nil {
					return "", err
				}
				m, err := measure(func(g *graph.Graph) *graph.Node {
					att := recurrent.NewAttention(g.Scope(), recurrent.Dot, 8, 8, 0)
					_, alpha := att.Attend(g.Input("s", 1, 50, 8), att.Remember(g.Input("a", 1, 50, 8), nil))
					return alpha
				})
				if err != nil {
					return "", err
				}
				return fmt.Sprintf("e = (0, ln 2, ln 5): α = (%s); T_x = T_y = 50: α %s", nums(v[0]...), shape(m.out)), nil
			},
		},
	}
}
