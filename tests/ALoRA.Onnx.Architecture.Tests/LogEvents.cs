using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>The messages that a library logs, by their <c>[LoggerMessage]</c> attributes.</summary>
internal static class LogEvents
{
    /// <summary>The id of each message with the place of its attribute; null where the attribute has no id.</summary>
    public static IReadOnlyList<(int? Id, string Place)> Of(CSharpCompilation compilation) =>
    [
        .. compilation.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<AttributeSyntax>())
            .Where(attribute => attribute.Name.ToString().Split('.')[^1] is "LoggerMessage" or "LoggerMessageAttribute")
            .Select(attribute => (IdOf(compilation.GetSemanticModel(attribute.SyntaxTree), attribute), PlaceOf(attribute))),
    ];

    /// <summary>A sentence for each message without an id, and for each id that several messages have.</summary>
    public static IReadOnlyList<string> Broken(IReadOnlyList<(int? Id, string Place)> events) =>
    [
        .. events.Where(entry => entry.Id is null).Select(entry => $"{entry.Place}: no event id"),
        .. events.Where(entry => entry.Id is not null).GroupBy(entry => entry.Id).Where(group => group.Count() > 1)
            .Select(group => $"event id {group.Key}: {string.Join(", ", group.Select(entry => entry.Place))}"),
    ];

    // The id is the property EventId, or else the only whole number among the arguments.
    private static int? IdOf(SemanticModel model, AttributeSyntax attribute)
    {
        SeparatedSyntaxList<AttributeArgumentSyntax> arguments = attribute.ArgumentList?.Arguments ?? [];
        AttributeArgumentSyntax? id = arguments.FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == "EventId")
            ?? arguments.FirstOrDefault(argument => model.GetTypeInfo(argument.Expression).Type?.SpecialType == SpecialType.System_Int32);
        return id is null ? null : (int?)model.GetConstantValue(id.Expression).Value;
    }

    private static string PlaceOf(AttributeSyntax attribute) =>
        $"{attribute.SyntaxTree.FilePath}({attribute.GetLocation().GetLineSpan().StartLinePosition.Line + 1})";
}
