using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training;

/// <summary>Reads attributes of nodes.</summary>
internal static class NodeAttributes
{
    public static long Int(this NodeProto node, string name, long otherwise = 0) => node.Find(name)?.I ?? otherwise;

    public static float Float(this NodeProto node, string name, float otherwise = 0) => node.Find(name)?.F ?? otherwise;

    public static string Text(this NodeProto node, string name, string otherwise) =>
        node.Find(name)?.S.ToStringUtf8() is { Length: > 0 } text ? text : otherwise;

    /// <summary>Name of an optional input; null where it is left out.</summary>
    public static string? Optional(this NodeProto node, int input) =>
        node.Input.Count > input && node.Input[input].Length > 0 ? node.Input[input] : null;

    private static AttributeProto? Find(this NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name);
}
