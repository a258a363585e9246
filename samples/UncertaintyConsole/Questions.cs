using System.Runtime.CompilerServices;

namespace UncertaintyConsole;

/// <summary>Where questions come from: the command line, a pipe, or somebody who types.</summary>
internal static class Questions
{
    private const string Examples =
        """
        Ask the model something, for example:
          What is 47 + 38?
          Compute 12 * 7.
          Which day comes 17 days after Tuesday?
        An empty line ends the conversation.

        """;

    public static async IAsyncEnumerable<string> ReadAsync(string? single, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (single is not null)
        {
            yield return single;
            yield break;
        }

        bool isTyped = !Console.IsInputRedirected;
        if (isTyped)
        {
            Console.Error.Write(Examples);
        }

        while (true)
        {
            if (isTyped)
            {
                Console.Error.Write("> ");
            }

            // The console's reader blocks, asynchronous or not, and does not look at the token.
            string? line = await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (line is null || (isTyped && string.IsNullOrWhiteSpace(line)))
            {
                yield break;
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return line.Trim();
            }
        }
    }
}
