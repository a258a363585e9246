using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations.Rules;

/// <summary><c>explode</c>: one record for each element of a record's list; none for an empty list.</summary>
internal sealed class ExplodeRule(JsonPath path, string field) : ReplacingRule("explode", path)
{
    protected override object? Replace(object? value, object[] place, Budget budget)
    {
        List<object?> records = [];
        foreach (DictValue record in Records(value, place))
        {
            ListValue elements = Field(record, field, place) as ListValue ?? throw Wrong(place, $"the field '{field}' of a record is no list");
            foreach (object? element in elements.Items)
            {
                DictValue copy = record.Copy(budget);
                copy.Set(field, element);
                records.Add(copy);
            }
        }

        return new ListValue([.. records]);
    }
}
