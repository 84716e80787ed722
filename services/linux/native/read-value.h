// Reading objects and lists of JavaScript. What is missing or of another type reads as 0, false, empty.
#pragma once

#include <string>
#include <vector>

#include <node_api.h>

#include "takeover-rule.h"

namespace roam6 {

class Value {
 public:
  Value(napi_env env, napi_value value) : env_(env), value_(value) {
    napi_valuetype type = napi_undefined;
    // Asking undefined for a property would throw.
    if (value != nullptr && (napi_typeof(env, value, &type) != napi_ok || type == napi_undefined || type == napi_null))
      value_ = nullptr;
  }

  Value operator[](const char* field) const {
    napi_value found = nullptr;
    if (value_ == nullptr || napi_get_named_property(env_, value_, field, &found) != napi_ok) found = nullptr;
    return {env_, found};
  }
  Value at(uint32_t index) const {
    napi_value found = nullptr;
    if (value_ == nullptr || napi_get_element(env_, value_, index, &found) != napi_ok) found = nullptr;
    return {env_, found};
  }
  uint32_t size() const {
    uint32_t length = 0;
    if (value_ == nullptr || napi_get_array_length(env_, value_, &length) != napi_ok) return 0;
    return length;
  }
  double number() const {
    double number = 0;
    if (value_ != nullptr) napi_get_value_double(env_, value_, &number);
    return number;
  }
  /** A number that is no fraction and not negative. */
  uint64_t count() const {
    double value = number();
    return value > 0 && value < 9007199254740992.0 ? static_cast<uint64_t>(value) : 0;
  }
  bool boolean() const {
    bool value = false;
    if (value_ != nullptr) napi_get_value_bool(env_, value_, &value);
    return value;
  }
  std::string text() const {
    char buffer[512] = "";
    size_t length = 0;
    if (value_ != nullptr) napi_get_value_string_utf8(env_, value_, buffer, sizeof buffer, &length);
    return std::string(buffer, length);
  }
  Name name() const {
    char buffer[LONGEST_NAME + 1] = "";
    size_t length = 0;
    if (value_ != nullptr) napi_get_value_string_latin1(env_, value_, buffer, sizeof buffer, &length);
    Name name;
    name.length = static_cast<uint8_t>(length);
    memcpy(name.text, buffer, length);
    return name;
  }
  std::vector<uint8_t> octets() const {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (value_ == nullptr || napi_get_typedarray_info(env_, value_, &type, &length, &data, nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array || data == nullptr)
      return {};
    const uint8_t* first = static_cast<const uint8_t*>(data);
    return std::vector<uint8_t>(first, first + length);
  }

 private:
  napi_env env_;
  napi_value value_;
};

/** Building objects and lists for JavaScript. */
class Made {
 public:
  explicit Made(napi_env env) : env_(env) { napi_create_object(env, &value_); }
  static Made list(napi_env env) {
    Made made(env);
    napi_create_array(env, &made.value_);
    return made;
  }

  Made& set(const char* field, double number) {
    napi_value value;
    napi_create_double(env_, number, &value);
    return set(field, value);
  }
  Made& set(const char* field, uint64_t number) { return set(field, static_cast<double>(number)); }
  Made& set(const char* field, bool truth) {
    napi_value value;
    napi_get_boolean(env_, truth, &value);
    return set(field, value);
  }
  Made& set(const char* field, const std::string& text) {
    napi_value value;
    napi_create_string_utf8(env_, text.data(), text.size(), &value);
    return set(field, value);
  }
  Made& set(const char* field, const Name& name) {
    napi_value value;
    napi_create_string_latin1(env_, name.text, name.length, &value);
    return set(field, value);
  }
  Made& set(const char* field, const Made& made) { return set(field, made.value_); }
  Made& set(const char* field, napi_value value) {
    napi_set_named_property(env_, value_, field, value);
    return *this;
  }
  void add(const Made& made) { napi_set_element(env_, value_, size_++, made.value_); }
  napi_value value() const { return value_; }

 private:
  napi_env env_;
  napi_value value_;
  uint32_t size_ = 0;
};

}  // namespace roam6
