#include "model/onnx_wire.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace cleave {

namespace {

using google::protobuf::internal::WireFormatLite;

// Field numbers of onnx.proto, which never change.
constexpr int model_graph = 7;
constexpr int graph_initializer = 5;
constexpr int tensor_raw_data = 9;

/// Raw data up to this size stays in the message: shapes and scalars are wanted at once.
constexpr std::uint64_t small_bytes = 1024;

/// One field of a message: its bytes with tag, and for length-delimited ones the payload.
struct Field {
  int number = 0;
  bool delimited = false;
  std::string_view whole;
  std::string_view payload;
};

/// Walks over the fields of one serialized message.
class Fields {
 public:
  explicit Fields(std::string_view message) : rest_(message) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  /// Empty when the bytes are malformed.
  std::optional<Field> next() {
    Field field;
    std::size_t at = 0;
    const std::optional<std::uint64_t> tag = varint(at);
    if (!tag || *tag >> 32U) return std::nullopt;
    field.number = static_cast<int>(*tag >> 3U);
    const std::optional<std::uint64_t> size = payload_size(static_cast<int>(*tag & 7U), at);
    if (!size || *size > rest_.size() - at || field.number == 0) return std::nullopt;
    field.delimited = (*tag & 7U) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    field.payload = rest_.substr(at, *size);
    field.whole = rest_.substr(0, at + *size);
    rest_.remove_prefix(at + *size);
    return field;
  }

 private:
  std::optional<std::uint64_t> varint(std::size_t& at) const {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at >= rest_.size()) return std::nullopt;
      const auto byte = static_cast<std::uint8_t>(rest_[at++]);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
  }
  /// Moves `at` to the payload; a varint is all tag.
  std::optional<std::uint64_t> payload_size(int wire_type, std::size_t& at) const {
    switch (wire_type) {
      case WireFormatLite::WIRETYPE_VARINT:
        return varint(at) ? std::optional<std::uint64_t>(0) : std::nullopt;
      case WireFormatLite::WIRETYPE_FIXED64:
        return 8;
      case WireFormatLite::WIRETYPE_FIXED32:
        return 4;
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED:
        return varint(at);
      default:
        return std::nullopt;
    }
  }

  std::string_view rest_;
};

void append_delimited(std::string& out, int field, std::string_view payload) {
  std::uint8_t buffer[20];
  std::uint8_t* end = google::protobuf::io::CodedOutputStream::WriteTagToArray(
      WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), buffer);
  end = google::protobuf::io::CodedOutputStream::WriteVarint64ToArray(payload.size(), end);
  out.append(buffer, end);
  out.append(payload);
}

/// Applies `edit(field, out)` to each field of `message`; what it declines is copied as it is.
template <class Edit>
std::optional<std::string> rewrite(std::string_view message, const Edit& edit) {
  std::string out;
  for (Fields fields(message); !fields.done();) {
    const std::optional<Field> field = fields.next();
    if (!field) return std::nullopt;
    const std::optional<bool> edited = edit(*field, out);
    if (!edited) return std::nullopt;
    if (!*edited) out.append(field->whole);
  }
  return out;
}

struct Stripper {
  std::string_view model;
  std::vector<RawRange> raw = {};

  std::optional<std::string> tensor(std::string_view message) {
    RawRange range;
    auto stripped = rewrite(message, [&](const Field& field, std::string&) -> std::optional<bool> {
      if (field.number != tensor_raw_data || !field.delimited) return false;
      const bool large = field.payload.size() > small_bytes;
      range = {};  // of a field that occurs twice the last counts
      if (large) range = {static_cast<std::uint64_t>(field.payload.data() - model.data()), field.payload.size()};
      return large;
    });
    raw.push_back(range);
    return stripped;
  }
  std::optional<std::string> graph(std::string_view message) {
    return rewrite(message, [&](const Field& field, std::string& out) -> std::optional<bool> {
      if (field.number != graph_initializer || !field.delimited) return false;
      const std::optional<std::string> stripped = tensor(field.payload);
      if (!stripped) return std::nullopt;
      append_delimited(out, graph_initializer, *stripped);
      return true;
    });
  }
};

}  // namespace

std::optional<StrippedModel> strip_weights(std::string_view model) {
  Stripper stripper{model};
  auto bytes = rewrite(model, [&](const Field& field, std::string& out) -> std::optional<bool> {
    if (field.number != model_graph || !field.delimited) return false;
    const std::optional<std::string> stripped = stripper.graph(field.payload);
    if (!stripped) return std::nullopt;
    append_delimited(out, model_graph, *stripped);
    return true;
  });
  if (!bytes) return std::nullopt;
  return StrippedModel{std::move(*bytes), std::move(stripper.raw)};
}

}  // namespace cleave
