using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations.Rules;

/// <summary><c>project</c>: keeps some fields of a record, or of every record of a list, under new names; a missing one becomes null.</summary>
/// <param name="path">Where.</param>
/// <param name="fields">Old and new names.</param>
internal sealed class ProjectRule(JsonPath path, IReadOnlyList<(string Old, string New)> fields) : ReplacingRule("project", path)
{
    protected override object? Replace(object? value, object[] place, Budget budget) => value is DictValue record
        ? Project(record, budget)
        : new ListValue([.. Records(value, place).Select(item => Project(item, budget))]);

    private DictValue Project(DictValue record, Budget budget)
    {
        DictValue projected = new(budget);
        foreach ((string oldName, string newName) in fields)
        {
            projected.Set(newName, record.TryGet(oldName, out object? value) ? value : null);
        }

        return projected;
    }
}
