package dev.errata.model.adapter;

import java.util.List;

/**
 * What an adapter trains whole beside its low-rank additions, by PEFT's rules.
 *
 * @param modules ends of names of modules, {@code modules_to_save}
 * @param bias which biases: {@code none}, {@code lora_only} (of layers with an addition) or {@code all}
 * @param tied {@code ensure_weight_tying}: embedding and output layer stay one where the model ties them
 */
public record SavedModules(List<String> modules, String bias, boolean tied) {
    public static final SavedModules NONE = new SavedModules(List.of(), "none", false);

    /** Whether a tensor of the checkpoint belongs to a module that is saved. */
    boolean holds(String tensor) {
        for (int dot = tensor.lastIndexOf('.'); dot > 0; dot = tensor.lastIndexOf('.', dot - 1)) {
            String module = tensor.substring(0, dot);
            if (modules.stream().anyMatch(module::endsWith)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a bias, named as in the checkpoint, is trained; {@code adapted}: its layer has a low-rank addition. */
    boolean holdsBias(String tensor, boolean adapted) {
        return tensor.endsWith(".bias") && (bias.equals("all") || (bias.equals("lora_only") && adapted));
    }

    /** Whether a module is one of those saved or lies within one, so that it gets no low-rank addition. */
    boolean hasModuleAbove(String module, String where) {
        return modules.stream()
                .anyMatch(name -> new BoundedPattern("(?:|.*\\.)(?:" + name + ")(?:|\\..*)", "modules_to_save", where)
                        .matches(module));
    }
}
