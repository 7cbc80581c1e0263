// Sums over large samples, chunk by chunk, by several threads.
#include <algorithm>
#include <atomic>

#include "toyfarm/core/thread_team.hpp"

#include "channel_nll.hpp"

namespace toyfarm::fit {
namespace {

constexpr std::size_t chunk_size = 32'768;  // events whose sums are taken together
constexpr std::size_t chunks_per_thread = 4;

}  // namespace

bool ChannelNll::add_events(model::ChannelSample const& sample,
                            std::size_t first,
                            std::size_t last,
                            CompensatedSum& nll) {
  double const* const weights = sample.weights.empty() ? nullptr : sample.weights.data() + first;
  return for_blocks({columns_from(sample.columns, first), last - first},
                    weights,
                    [&](Block const& block) { return add_block(block, nll); });
}

template <class Use>
void ChannelNll::for_sums(Use use) {
  for (auto& p : processes_) {
    use(p.gram);
    use(p.sum_second);
  }
  use(score_gram_);
}

std::size_t ChannelNll::n_sums() const {
  std::size_t n = score_gram_.size();
  for (auto const& p : processes_) {
    n += p.gram.size() + p.sum_second.size();
  }
  return n;
}

void ChannelNll::take_sums(std::span<double> out) {
  auto to = out.begin();
  for_sums([&](std::vector<double>& sums) {
    to = std::copy(sums.begin(), sums.end(), to);
    std::fill(sums.begin(), sums.end(), 0.0);
  });
}

void ChannelNll::put_sums(std::span<CompensatedSum const> sums) {
  auto from = sums.begin();
  for_sums([&](std::vector<double>& totals) {
    for (double& total : totals) {
      total = (from++)->value();
    }
  });
}

bool ExtendedNll::add_channel(std::size_t channel, At const& at, CompensatedSum& sum) {
  auto const& sample = sample_->channels[channel];
  if (channels_[channel]->has_nodes() || sample.tree != nullptr || sample.size() <= chunk_size) {
    return channels_[channel]->add_points(sample, at.theta, sum);
  }
  return add_in_chunks(channel, at, sum);
}

ChannelNll& ExtendedNll::lane(std::size_t thread, std::size_t channel) {
  return thread == 0 ? *channels_[channel] : *lanes_[thread - 1][channel];
}

// Chunks are added in their order, a few for each thread at a time, so that neither the sums nor
// the memory depend on who computed what. The first thread's object takes the totals in between.
bool ExtendedNll::add_in_chunks(std::size_t channel, At const& at, CompensatedSum& sum) {
  auto const& sample = sample_->channels[channel];
  auto const n_chunks = (sample.size() + chunk_size - 1) / chunk_size;
  auto const n_sums = channels_[channel]->n_sums();
  auto const at_a_time = static_cast<std::size_t>(threads_) * chunks_per_thread;
  std::vector<CompensatedSum> values(at_a_time);
  chunk_sums_.resize(at_a_time * n_sums);
  for (std::size_t t = 1; t < static_cast<std::size_t>(threads_); ++t) {
    auto& own = lanes_[t - 1][channel];
    if (!own) {
      own = std::make_unique<ChannelNll>(model_->channels[channel], model_->parameters, no_nodes);
    }
    for (std::size_t p = 0; p < model_->channels[channel].processes.size(); ++p) {
      own->set_off(p, channels_[channel]->is_off(p));
    }
    if (!own->prepare(at.theta, at.sides, at.order)) {
      return false;
    }
  }
  std::atomic<bool> finite = true;
  std::vector<CompensatedSum> all(n_sums);
  for (std::size_t begin = 0; begin < n_chunks && finite; begin += at_a_time) {
    auto const n = std::min(at_a_time, n_chunks - begin);
    core::parallel_for(n, threads_, [&](std::size_t i, int thread) {
      auto& own = lane(static_cast<std::size_t>(thread), channel);
      auto const first = (begin + i) * chunk_size;
      values[i] = {};
      if (!own.add_events(sample, first, std::min(first + chunk_size, sample.size()), values[i])) {
        finite = false;
      }
      own.take_sums(std::span(chunk_sums_).subspan(i * n_sums, n_sums));
    });
    for (std::size_t i = 0; i < n; ++i) {
      sum.add(values[i].total);
      sum.add(values[i].carry);
      for (std::size_t k = 0; k < n_sums; ++k) {
        all[k].add(chunk_sums_[i * n_sums + k]);
      }
    }
  }
  channels_[channel]->put_sums(all);
  return finite;
}

}  // namespace toyfarm::fit
