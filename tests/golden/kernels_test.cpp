// Every fast kernel against the layer function of reference.h, at sizes around all block boundaries and with the
// extremes.
#include "sw/golden/kernels.h"

#include <catch2/catch.hpp>

#include "sw/golden/random_model.h"
#include "sw/golden/reference.h"

using namespace psaflow;

namespace {

constexpr int8_t kCanary = 0x5a;
constexpr size_t kMargin = 80;

// An output buffer with a margin on either side that must stay untouched.
class Guarded {
 public:
  explicit Guarded(size_t size) : memory_(size + 2 * kMargin, kCanary) {}
  int8_t* data() { return memory_.data() + kMargin; }
  std::vector<int8_t> values() const { return {memory_.begin() + kMargin, memory_.end() - kMargin}; }
  bool intact() const {
    for (size_t i = 0; i < kMargin; ++i) {
      if (memory_[i] != kCanary || memory_[memory_.size() - 1 - i] != kCanary) return false;
    }
    return true;
  }

 private:
  std::vector<int8_t> memory_;
};

Int8Matrix random_matrix(int rows, int cols, Rng& rng) {
  Int8Matrix x(rows, cols);
  for (int8_t& v : x.data) v = random_int8(rng);
  return x;
}

void check_linear(const LinearParams& p, const Int8Matrix& x, bool relu) {
  Workspace workspace;
  Guarded y(static_cast<size_t>(x.rows) * p.out);
  LinearKernel(p, relu).run(x.data.data(), x.rows, y.data(), workspace);
  INFO("in " << p.in << " out " << p.out << " vectors " << x.rows << " relu " << relu);
  REQUIRE(y.values() == linear(p, x, relu).data);
  REQUIRE(y.intact());
}

LinearParams constant_linear(int in, int out, int8_t weight, int8_t bias, int shift) {
  const auto k = static_cast<size_t>(in), m = static_cast<size_t>(out);
  return {in, out, std::vector<int8_t>(k * m, weight), std::vector<int8_t>(m, bias),
          std::vector<uint8_t>(m, static_cast<uint8_t>(shift))};
}

}  // namespace

TEST_CASE("linear kernel, sizes around every block", "[kernels]") {
  Rng rng(21);
  for (int in : {1, 2, 3, 4, 5, 31, 48, 64, 97, 200}) {
    for (int out : {1, 7, 8, 15, 16, 17, 33, 48, 49, 64, 96, 113}) {
      const LinearParams p = random_linear(in, out, rng);
      for (int vectors : {1, 3, 8, 13, 65})
        check_linear(p, random_matrix(vectors, in, rng), (in + out + vectors) % 2 == 0);
    }
  }
}

TEST_CASE("linear kernel, many inputs: 1024 and more", "[kernels]") {
  Rng rng(22);
  for (int in : {1023, 1024, 1025, 3072, 10007})
    check_linear(random_linear(in, 18, rng), random_matrix(9, in, rng), false);
}

TEST_CASE("linear kernel, every shift and bias at the ends, accumulators at the ends", "[kernels]") {
  for (int in : {1, 6, 500, 40000, LinearKernel::kMaxInputs}) {
    Int8Matrix x(3, in);
    for (int k = 0; k < in; ++k) {
      x.at(0, k) = -128;
      x.at(1, k) = 127;
      x.at(2, k) = static_cast<int8_t>(k % 2 == 0 ? -128 : 127);
    }
    for (int shift = 0; shift <= 31; shift += in > 1000 ? 31 : 1) {
      for (int8_t weight : {int8_t{-128}, int8_t{127}, int8_t{1}}) {
        for (int8_t bias : {int8_t{-128}, int8_t{0}, int8_t{127}}) {
          INFO("weight " << int{weight} << " bias " << int{bias} << " shift " << shift);
          check_linear(constant_linear(in, 2, weight, bias, shift), x, false);
        }
      }
    }
  }
}

TEST_CASE("linear kernel, every shift on small accumulators: halves and signs", "[kernels]") {
  // One input of weight 1 and two vectors of all bytes: acc runs over -128..127.
  Int8Matrix x(256, 1);
  for (int u = 0; u < 256; ++u) x.at(u, 0) = static_cast<int8_t>(u - 128);
  LinearParams p = constant_linear(1, 96, 1, 3, 0);
  for (int m = 0; m < 96; ++m) {
    p.shift[static_cast<size_t>(m)] = static_cast<uint8_t>(m % 32);
    p.weight[static_cast<size_t>(m)] = static_cast<int8_t>(m < 32 ? 1 : m < 64 ? -1 : -128);
  }
  check_linear(p, x, false);
  check_linear(p, x, true);
}

TEST_CASE("linear kernel, small sums where large ones forbid folding rounding and bias into the start", "[kernels]") {
  // Weights that could sum to 2^29, but inputs that are nearly all 0: every shift sees accumulators of a few bits.
  Rng rng(27);
  constexpr int kIn = 40000;
  LinearParams p = constant_linear(kIn, 40, 127, 0, 0);
  for (size_t i = 0; i < p.weight.size(); i += 3) p.weight[i] = random_int8(rng);
  for (size_t m = 0; m < 40; ++m) {
    p.shift[m] = static_cast<uint8_t>(m % 32);
    p.bias[m] = random_int8(rng, -20, 20);
  }
  Int8Matrix x(40, kIn);
  for (int v = 0; v < x.rows; ++v) {
    for (int i = 0; i <= v % 4; ++i) x.at(v, static_cast<int>(rng.below(kIn))) = random_int8(rng, -3 * (v % 3) - 1, 2);
  }
  check_linear(p, x, false);
  check_linear(p, x, true);
}

TEST_CASE("linear kernel refuses inputs that could overflow the accumulator", "[kernels]") {
  CHECK_THROWS_AS(LinearKernel(constant_linear(LinearKernel::kMaxInputs + 1, 1, 1, 0, 0), false), std::logic_error);
}

TEST_CASE("affine kernel, every weight, shift and input", "[kernels]") {
  // One channel for each pair of weight and shift, and one more for an uneven end.
  AffineParams p;
  Rng rng(23);
  for (int i = 0; i < 256 * 32 + 1; ++i) {
    p.weight.push_back(static_cast<int8_t>(i % 256 - 128));
    p.shift.push_back(static_cast<uint8_t>(i / 256 % 32));
    p.bias.push_back(i % 5 == 0 ? int8_t{-128} : i % 5 == 1 ? int8_t{127} : random_int8(rng));
  }
  Int8Matrix x(256, p.channels());
  for (int u = 0; u < 256; ++u) std::fill(x.row(u), x.row(u) + x.cols, static_cast<int8_t>(u - 128));
  const Int8Matrix expected = affine(p, x);
  Guarded y(x.data.size());
  const AffineKernel kernel(p);
  kernel.run(x.data.data(), x.rows, y.data());
  CHECK(y.values() == expected.data);
  CHECK(y.intact());
  kernel.run(x.data.data(), x.rows, x.data.data());
  CHECK(x.data == expected.data);
}

TEST_CASE("affine and table kernels, any number of channels", "[kernels]") {
  Rng rng(24);
  for (int channels : {1, 3, 7, 8, 16, 31, 32, 33, 64, 96, 200}) {
    const Int8Matrix x = random_matrix(11, channels, rng);
    const AffineParams p = random_affine(channels, rng);
    Guarded y(x.data.size());
    AffineKernel(p).run(x.data.data(), x.rows, y.data());
    REQUIRE(y.values() == affine(p, x).data);
    REQUIRE(y.intact());
    for (int points : {3, 5, 9, 17, 33, 65, 129, 256}) {
      INFO("channels " << channels << " points " << points);
      const TableParams t = random_table(channels, points, rng);
      const TableKernel kernel(t);
      kernel.run(x.data.data(), x.rows, y.data());
      REQUIRE(y.values() == table(t, x).data);
      REQUIRE(y.intact());
      Int8Matrix in_place = x;
      kernel.run(in_place.data.data(), x.rows, in_place.data.data());
      REQUIRE(in_place.data == y.values());
    }
  }
}

TEST_CASE("transpose", "[kernels]") {
  Rng rng(25);
  for (int rows : {1, 2, 15, 16, 17, 64, 70}) {
    for (int cols : {1, 3, 16, 31, 48, 96, 100}) {
      const Int8Matrix x = random_matrix(rows, cols, rng);
      Guarded y(x.data.size());
      transpose_into(x.data.data(), rows, cols, y.data());
      INFO(rows << " x " << cols);
      REQUIRE(y.values() == transpose(x).data);
      REQUIRE(y.intact());
    }
  }
}

TEST_CASE("residual add, every pair, also in place", "[kernels]") {
  Int8Matrix a(256, 256), r(256, 256);
  for (int i = 0; i < 256; ++i) {
    for (int j = 0; j < 256; ++j) {
      a.at(i, j) = static_cast<int8_t>(i - 128);
      r.at(i, j) = static_cast<int8_t>(j - 128);
    }
  }
  const Int8Matrix expected = residual_add(a, r);
  Guarded y(a.data.size());
  residual_add_into(a.data.data(), r.data.data(), a.data.size(), y.data());
  CHECK(y.values() == expected.data);
  CHECK(y.intact());
  residual_add_into(a.data.data(), r.data.data(), a.data.size(), a.data.data());
  CHECK(a.data == expected.data);
}

TEST_CASE("average pool, one token to many, extremes", "[kernels]") {
  Rng rng(26);
  Workspace workspace;
  for (int tokens = 1; tokens <= 4096; tokens *= 2) {
    for (int channels : {1, 10, 96}) {
      Int8Matrix x = random_matrix(tokens, channels, rng);
      for (int t = 0; t < tokens; ++t) x.at(t, 0) = -128;
      if (channels > 1) {
        for (int t = 0; t < tokens; ++t) x.at(t, 1) = 127;
      }
      Guarded y(static_cast<size_t>(channels));
      average_pool_into(x.data.data(), tokens, channels, y.data(), workspace);
      INFO(tokens << " tokens " << channels << " channels");
      REQUIRE(y.values() == average_pool(x).data);
      REQUIRE(y.intact());
    }
  }
}
