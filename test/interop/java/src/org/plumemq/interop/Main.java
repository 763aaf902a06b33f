package org.plumemq.interop;

/** Runs one of the programs: the first argument is its name. Ends the process, whatever threads Apache's clients leave. */
public final class Main {
    private Main() {
    }

    public static void main(String[] argv) {
        int status = 0;
        try {
            Args args = new Args(argv, 1);
            switch (argv[0]) {
                case "send":
                    Send.run(args);
                    break;
                case "consume":
                    Consume.run(args);
                    break;
                case "litepull":
                    LitePull.run(args);
                    break;
                case "query":
                    Query.run(args);
                    break;
                case "vectors":
                    Vectors.run(args);
                    break;
                default:
                    throw new IllegalArgumentException("unknown program " + argv[0]);
            }
        } catch (Throwable e) {
            e.printStackTrace();
            new Line("error").put("error", String.valueOf(e)).print();
            status = 1;
        }
        System.out.flush();
        Runtime.getRuntime().halt(status);
    }
}
