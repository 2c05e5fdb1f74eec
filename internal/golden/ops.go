package golden

import "strings"

// An Owner says who runs the cases of an operation.
type Owner struct {
	// Package is the path of the package below the module, such as "graph/nn".
	Package string
	// Open is the short title of the piece of work that will build the
	// operation; "" means that Package runs its cases now.
	Open string
}

// Owners returns the table: operation → owner. An operation that it lacks
// fails in every package.
func Owners() map[string]Owner {
	table := map[string]Owner{}
	add := func(pkg, open, ops string) {
		for _, op := range strings.Fields(ops) {
			table[op] = Owner{pkg, open}
		}
	}

	add("graph", "", `sigmoid tanh relu leaky_relu elu softplus log_sigmoid softmax log_softmax
		conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
		max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d
		global_max_pool1d global_max_pool2d global_avg_pool1d global_avg_pool2d
		batch_norm batch_norm_formula linear flatten_linear batched_matmul
		dropout embedding embedding_onehot upsample_nearest roi_pool`)
	add("graph/nn", "", `initializer output_size receptive_field layer_parameter_count`)
	add("graph/nn/recurrent", "", `rnn_vanilla rnn_bptt_terms rnn_vanilla_deep rnn_vanilla_bidirectional
		rnn_tanh gru lstm rnn_state_gradient sequence_loss attention attention_weights`)
	add("graph/gradcheck", "", `numerical_gradient`)

	add("losses", "", `binary_cross_entropy categorical_cross_entropy nll mse l1 l2 elastic_net`)
	add("losses", "", `triplet batch_hard_triplet contrastive content_cost gram style_cost nst_total
		gan_discriminator gan_generator_minimax gan_generator_nonsaturating yolo_loss
		glove_cost glove_final_embedding skipgram_softmax negative_sampling cbow`)

	add("solvers", "", `solver_sgd solver_momentum solver_nesterov solver_rmsprop solver_adagrad
		solver_adadelta solver_adam solver_amsgrad solver_adamw
		schedule_constant schedule_step schedule_multistep schedule_exponential schedule_cosine
		schedule_cosine_restarts schedule_cosine_restarts_mult2 schedule_linear_warmup
		schedule_warmup_cosine schedule_inverse_time schedule_polynomial schedule_plateau
		clip_by_value clip_by_global_norm early_stopping`)

	add("zoo", "", `architecture_count lenet5 lenet5_training lenet5_training_data
		resnet_block resnet_cifar inception dcgan_generator dcgan_discriminator dcgan_step yolo_head
		siamese_triplet seq2seq_attention`)
	add("graph/onnx", "", `onnx_run`)
	add("zoo/decode", "", `nms yolo_decode beam_search beam_error_analysis`)

	add("datasets/npy", "", `npy_read npz_read`)
	add("datasets/box", "", `iou_matrix box_convert anchor_assign rcnn_box_encode`)
	add("datasets/augment", "", `flip rotate crop pad_crop brightness contrast normalize color_shift
		add_noise cutout resize hwc_to_chw`)
	add("datasets/text", "", `cooccurrence skipgram_pairs noise_distribution subsampling_keep`)
	add("datasets/text/ngram", "", `ngram_mle ngram_laplace ngram_addk ngram_kneser_ney`)

	add("internal/safetensors", "", `safetensors_read`)
	add("metrics", "", `perplexity bleu_corpus bleu_sentence bleu_cheatsheet cosine_similarity
		cosine_similarity_matrix nearest_neighbors analogy spearman roc classification_report
		mean_average_precision face_verification face_identification`)
	add("plot/tsne", "", `tsne_p tsne_kl`)
	return table
}
