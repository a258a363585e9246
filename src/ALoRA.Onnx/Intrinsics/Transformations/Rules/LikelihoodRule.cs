using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Intrinsics.Transformations.Rules;

/// <summary><c>likelihood</c>: replaces a literal by the expected value over the categories that its first token could have begun.</summary>
/// <param name="path">Where.</param>
/// <param name="categories">The categories' values, in the definition's order; 1, 1.0 and true are one category.</param>
internal sealed class LikelihoodRule(JsonPath path, DictValue categories) : ResultRule("likelihood", path)
{
    public override object? Apply(object? root, ModelAnswer answer, Budget budget)
    {
        IReadOnlyList<ResponseLogprobs.Token> tokens = answer.Logprobs?.Tokens
            ?? throw Wrong([], "the response has no log-probabilities. Ask for them with logprobs true and top_logprobs 10");
        Dictionary<int, int> begins = [];
        int length = 0;
        for (int i = 0; i < tokens.Count; i++)
        {
            // Of tokens that begin at one place, all but the last are empty.
            begins[length] = i;
            length += CodePoints.Count(tokens[i].Text);
        }

        foreach (object[] place in Path.Find(root))
        {
            object? value = JsonPath.Get(root, place);
            AnswerNode literal = answer.Root.FindLiteral(place) is { } written && PythonEquality.AreEqual(value, written.Value, budget)
                ? written
                : throw Wrong(place, "the value is not one that the model wrote there, so that no tokens belong to it");
            int position = answer.PositionOf(literal);
            root = JsonPath.Set(root, place, begins.TryGetValue(position, out int token)
                ? Expected(literal.Value, tokens[token], budget)
                : OfWholeToken(literal.Value, place, Covering(tokens, begins, position)));
        }

        return root;
    }

    private double Expected(object? value, ResponseLogprobs.Token token, Budget budget)
    {
        double total = 0;
        double sum = 0;
        void Weigh(object? category, double logprob)
        {
            double weight = Math.Exp(logprob);
            total += weight;
            sum += weight * PythonArithmetic.ToFloat(category);
        }

        if (categories.TryGet(value, out object? own))
        {
            Weigh(own, token.Logprob);
        }

        foreach ((string text, double logprob) in token.Top)
        {
            // The token itself is mostly among its alternatives and counts once.
            if (text != token.Text && FirstWithPrefix(text, budget) is { } category)
            {
                Weigh(category, logprob);
            }
        }

        return total > 0 ? sum / total : 0.0;
    }

    private object? FirstWithPrefix(string prefix, Budget budget) => categories.Pairs
        .Where(category => TextPrinter.Print(category.Key, budget).StartsWith(prefix, StringComparison.Ordinal))
        .Select(category => category.Value)
        .FirstOrDefault();

    private static ResponseLogprobs.Token? Covering(IReadOnlyList<ResponseLogprobs.Token> tokens, Dictionary<int, int> begins, int position)
    {
        while (position > 0 && !begins.ContainsKey(position))
        {
            position--;
        }

        return begins.TryGetValue(position, out int token) ? tokens[token] : null;
    }

    // The token has no alternatives for the literal alone.
    private object? OfWholeToken(object? value, object[] place, ResponseLogprobs.Token? token)
    {
        string literal = PythonJson.PrintValue(value);
        return token is not null && token.Text.EndsWith(literal, StringComparison.Ordinal)
            ? categories.TryGet(value, out object? category) ? category : throw Wrong(place, $"{literal} is none of the categories")
            : throw Wrong(place, $"no token begins at the value {literal}, and none ends with it");
    }
}
