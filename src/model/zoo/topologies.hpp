#pragma once
/// The topologies, each as its authors or its reference implementation define it, at inference
/// (no dropout, no auxiliary heads). Values and constants have shapes as built; batch comes first.

#include <cleave/graph.hpp>

#include <cstdint>

namespace cleave::zoo {

/// He et al. 2015, as torchvision builds it (v1.5: the stride sits on the 3x3). 224x224.
Graph resnet18(std::int64_t batch);
Graph resnet50(std::int64_t batch);
Graph resnet152(std::int64_t batch);

/// The CIFAR-10 network of DNN+NeuroSim (Peng et al., IEDM 2019): 32x32, 3x3 convolutions of 128, 256
/// and 512 channels in pairs, fully connected 1024 and 10, without biases.
Graph vgg8(std::int64_t batch);
/// Simonyan and Zisserman 2014, configuration D without batch norm, as torchvision. 224x224.
Graph vgg16(std::int64_t batch);

/// Sandler et al. 2018, width 1.0, as torchvision. 224x224.
Graph mobilenetv2(std::int64_t batch);

/// Szegedy et al. 2015, as torchvision without the auxiliary head. 299x299.
Graph inceptionv3(std::int64_t batch);

/// Iandola et al. 2016, version 1.0 (the 7x7 stem of 96 channels; not the lighter 1.1), as torchvision. 224x224.
Graph squeezenet(std::int64_t batch);

/// Devlin et al. 2018, bert-base-uncased: encoder and pooler over 128 tokens. All tokens are attended to
/// (no padding mask), all are of segment 0. Outputs: the last hidden state and the pooled first token.
Graph bert_base(std::int64_t batch);

/// Dosovitskiy et al. 2020, ViT-B/16 as torchvision: 224x224, class token, pre-norm, 1000 classes.
Graph vit_b16(std::int64_t batch);

/// Radford et al. 2019, the 124 M model over 64 tokens (of its 1024: the whole sequence is computed, as in
/// prefill, and the logits of each token are 50257 wide). The head shares the embedding's weights.
Graph gpt2_small(std::int64_t batch);

}  // namespace cleave::zoo
