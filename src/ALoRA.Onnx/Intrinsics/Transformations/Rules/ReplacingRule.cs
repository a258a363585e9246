using ALoRA.Onnx.Python;

namespace ALoRA.Onnx.Intrinsics.Transformations.Rules;

/// <summary>A rule that makes another value out of a value, without looking at anything else.</summary>
internal abstract class ReplacingRule(string name, JsonPath path) : ResultRule(name, path)
{
    public sealed override object? Apply(object? root, ModelAnswer answer, Budget budget)
    {
        foreach (object[] place in Path.Find(root))
        {
            root = JsonPath.Set(root, place, Replace(JsonPath.Get(root, place), place, budget));
        }

        return root;
    }

    /// <summary>The new value of a place.</summary>
    protected abstract object? Replace(object? value, object[] place, Budget budget);
}
