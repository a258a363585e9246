using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations.Rules;

/// <summary><c>nest</c>: wraps a value into a record with one field.</summary>
internal sealed class NestRule(JsonPath path, string field) : ReplacingRule("nest", path)
{
    protected override object? Replace(object? value, object[] place, Budget budget)
    {
        DictValue record = new(budget);
        record.Set(field, value);
        return record;
    }
}
