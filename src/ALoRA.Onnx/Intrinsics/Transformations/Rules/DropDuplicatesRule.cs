using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations.Rules;

/// <summary><c>drop_duplicates</c>: of records that are equal in some fields the last one stays, at the position of the first.</summary>
internal sealed class DropDuplicatesRule(JsonPath path, IReadOnlyList<string> fields) : ReplacingRule("drop_duplicates", path)
{
    protected override object? Replace(object? value, object[] place, Budget budget)
    {
        DictValue records = new(budget);
        foreach (DictValue record in Records(value, place))
        {
            records.Set(new TupleValue([.. fields.Select(field => Field(record, field, place))]), record);
        }

        return new ListValue([.. records.Values]);
    }
}
